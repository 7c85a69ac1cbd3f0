// The order of test files when one run of Vitest has several engines.

import { BaseSequencer, type TestSpecification } from 'vitest/node'

import { ENGINES } from './engines.ts'

const engines = Object.keys(ENGINES)

/**
 * Engine by engine, because a process that changes its engine starts another browser. The next engine begins while the last files
 * of one are running.
 */
export class EngineByEngine extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ project }: TestSpecification) => engines.findIndex((engine) => project.name.startsWith(engine))
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}
