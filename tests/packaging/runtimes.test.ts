// The package outside of browsers: Node, Deno, Bun, Cloudflare's workerd; and TypeScript, however it resolves modules.

import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { DemoServer, expect, fromRoot, LAB, once, type Project, Reply } from './fixture/index.ts'

/** A server that sends a greeting to each client. */
async function greetingServer(): Promise<DemoServer> {
  const server = await DemoServer.start(LAB)
  await server.script('greeting', Reply.eventStream().send('data: hello\n\n').hang())
  return server
}

/** Runs the same programs in any runtime: they get an event with every entry, render with every hook, and end by themselves. */
async function expectEveryEntry(project: Project, runtime: string): Promise<void> {
  const server = await greetingServer()
  for (const program of ['import.mjs', 'require.cjs']) {
    const { stdout, stderr } = await project.run(`${runtime} ${program}`, [], { env: { SERVER: server.url } })
    expect([stdout.split('\n'), stderr], program).toStrictEqual([
      [
        'slim: hello',
        'client: hello',
        'eventsource: hello',
        'fetch-event-source: hello',
        'refused: true 404',
        'react: <p>idle</p>',
        'vue: <p>idle</p>',
        '',
      ],
      '',
    ])
    await server.waitOpenStreams(0)
  }
  expect((await project.run(`${runtime} together.mjs`)).stdout.split('\n')).toStrictEqual([
    'sse-fetch: SSEAuth SSEClient SSEError same',
    'sse-fetch/slim: SSEAuth SSEClient SSEError init same',
    'sse-fetch/eventsource: EventSource same',
    'sse-fetch/fetch-event-source: EventStreamContentType fetchEventSource same',
    'sse-fetch/react: useSSE same',
    'sse-fetch/vue: useSSE same',
    'before: 0 modules, 0 instances',
    '3 clients: 1 modules, 1 instances',
    '',
  ])
}

once('Node imports and requires every entry', async ({ projects }) => {
  await expectEveryEntry(await projects.shared('runtimes'), 'node')
})

// Node's own `fetch` needs WebAssembly, so the program has one of its own.
once('Node without WebAssembly and without a compiler at run time receives events', async ({ projects }) => {
  const [project, server] = [await projects.shared('runtimes'), await greetingServer()]
  const node = 'node --jitless --disallow-code-generation-from-strings --no-warnings'
  const { stdout } = await project.run(`${node} without-wasm.mjs`, [], { env: { SERVER: server.url } })
  expect(stdout.split('\n').at(-2)).toBe('undefined hello')
})

once('Deno imports and requires every entry', async ({ projects }) => {
  // With no more permissions than it needs.
  const deno = 'node node_modules/deno/bin.cjs run --allow-env --allow-net=127.0.0.1 --allow-read=.'
  await expectEveryEntry(await projects.shared('runtimes'), deno)
})

once('Bun imports and requires every entry', async ({ projects }) => {
  const project = await projects.shared('runtimes')
  // Its own script puts the program there, and projects are installed without scripts.
  await project.run('node node_modules/bun/install.js')
  await expectEveryEntry(project, 'node_modules/bun/bin/bun.exe')
})

/** Serves the worker of the project. */
const workerd = (project: Project) =>
  // The last wrangler that runs in Node 20.
  project.serve('node node_modules/wrangler/bin/wrangler.js dev --ip 127.0.0.1 --port 0 --inspector-port 0', {
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    // For its logs, instead of the user's home.
    XDG_CONFIG_HOME: project.file('config'),
  })

once('workerd receives events where compiling is forbidden', async ({ projects }) => {
  const server = await greetingServer()
  await using worker = await workerd(await projects.shared('workerd'))
  // A worker serves all requests with what the first one started.
  for (const entry of ['client', 'slim', 'client', 'eventsource', 'fetch-event-source']) {
    const response = await fetch(`${worker.url}/${entry}?url=${server.url}/api/script/greeting`)
    expect([response.status, await response.text()], `${entry}: ${worker.printed()}`).toStrictEqual([200, 'hello'])
    await server.waitOpenStreams(0)
  }
})

once('in workerd, the build without WebAssembly runs if the bundler took another file', async ({ projects }) => {
  const server = await greetingServer()
  await using worker = await workerd(await projects.shared('workerd'))
  const response = await fetch(`${worker.url}/compiling?url=${server.url}/api/script/greeting`)
  expect([response.status, await response.text()], worker.printed()).toStrictEqual([200, 'hello'])
})

async function expectCompiles(project: Project, compiler: string, args: string): Promise<void> {
  const { code, printed } = await project.finish(`node node_modules/${compiler}/bin/tsc ${args}`)
  expect(code, `${compiler} ${args}\n${printed}`).toBe(0)
}

once('TypeScript finds the types of modules and of CommonJS', async ({ projects }) => {
  const project = await projects.shared('types')
  copyFileSync(project.file('entries.mts'), project.file('entries.cts'))
  for (const [compiler, module, resolution] of [
    ['typescript', 'node16', 'node16'],
    ['typescript', 'nodenext', 'nodenext'],
    ['typescript', 'preserve', 'bundler'],
    // The last of version 5 is slow, so it compiles in one way only.
    ['typescript-5', 'nodenext', 'nodenext'],
  ] as const) {
    await expectCompiles(project, compiler, `--module ${module} --moduleResolution ${resolution}`)
  }
})

/** Programs of `projects/types` for each test: the compiler, and its configuration. */
const PROGRAMS = {
  // Without the types of Vue, which need a newer compiler, and without `using`.
  'TypeScript 5.0 accepts the types without skipLibCheck': [['typescript-5-0', 'pages-5-0']],
  'TypeScript 5.4 accepts the types without skipLibCheck': [['typescript-5-4', 'pages']],
  'TypeScript 5.9 accepts the types without skipLibCheck': [['typescript-5', 'pages']],
  'TypeScript accepts the types of pages, servers and workers': [
    ['typescript', 'pages'],
    ['typescript', 'script'],
    ['typescript', 'exact'],
    ['typescript', 'node'],
    ['typescript', 'workers'],
    ['typescript', 'webworker'],
  ],
}

for (const [name, programs] of Object.entries(PROGRAMS)) {
  once(name, async ({ projects }) => {
    const project = await projects.shared('types')
    // The files of the repository's own check of types.
    const [from, to] = [fromRoot('tests/types'), project.file('pages')]
    mkdirSync(to, { recursive: true })
    for (const file of readdirSync(from)) if (file.endsWith('.ts')) copyFileSync(join(from, file), join(to, file))
    for (const [compiler, program] of programs) await expectCompiles(project, compiler!, `--project ${program}.json`)
  })
}
