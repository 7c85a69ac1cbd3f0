// The package in Jest with jsdom: without any set-up, with the set-up that the documentation names, and mocked.

import { DemoServer, LAB, once, Reply } from './fixture/index.ts'

const FILES = {
  'Jest with jsdom imports every entry, and the client says what is missing': 'bare.test.js',
  "Jest with jsdom receives events with Node's globals": 'node-globals.test.js',
  'Jest mocks the class and the hook': 'automock.test.js',
}

for (const [name, file] of Object.entries(FILES)) {
  once(name, async ({ projects }) => {
    const server = await DemoServer.start(LAB)
    await server.script('greeting', Reply.eventStream().send('data: hello\n\n').hang())
    await (await projects.shared('jest')).run(`npx jest ${file}`, [], { env: { SERVER: server.url } })
  })
}
