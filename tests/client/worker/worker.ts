// Runs one scenario after the other, each in a fixture of its own, and answers with what it returned or threw.

import { Fixture } from '../fixture/fixture.ts'
import * as scenarios from './scenarios.ts'

self.onmessage = async ({ data: name }: MessageEvent<keyof typeof scenarios>) => {
  const fixture = new Fixture()
  try {
    const result = await scenarios[name](fixture)
    await fixture.check()
    self.postMessage({ result })
  } catch (error) {
    self.postMessage({ error })
  } finally {
    fixture.dispose()
  }
}

self.postMessage('ready')
