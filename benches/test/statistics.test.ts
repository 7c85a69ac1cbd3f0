import assert from 'node:assert/strict'
import { test } from 'vitest'

import { geometricMean, median, relative, spreadOf } from '../engine/statistics.ts'

test('the median is in the middle whatever the order', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 2, 100]), 3)
  assert.equal(median([]), undefined)
})

test('half of the samples are between the quartiles', () => {
  const spread = spreadOf([1, 2, 3, 4, 5])!
  assert.deepEqual([spread.lowerQuartile, spread.upperQuartile], [2, 4])
  assert.deepEqual([spread.min, spread.max, spread.samples], [1, 5, 5])
  assert.ok(Math.abs(relative(spread) - 1 / 3) < 1e-12)
})

test('twice as fast and half as fast make equally fast', () => {
  assert.ok(Math.abs(geometricMean([2, 0.5])! - 1) < 1e-12)
  assert.ok(Math.abs(geometricMean([8, 1, 1])! - 2) < 1e-12)
  assert.equal(geometricMean([]), undefined)
})
