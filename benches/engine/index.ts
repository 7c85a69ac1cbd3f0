// The engine of the benchmarks, as the demo's page imports it. `cargo xtask bench browser` runs the same one.

export * from './catalogue.ts'
export * from './measure.ts'
export * from './plan.ts'
export * from './row.ts'
export * from './statistics.ts'
