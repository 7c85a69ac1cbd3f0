// Under a policy that forbids WebAssembly: reports to the parent page what the component shows. (A test cannot run a script in this
// page, because the policy forbids that too.)

const seen = () => {
  const { state, closeReason, error, data } = stage.now
  return { state, closeReason, error: error && { name: error.name, message: error.message }, data, text: document.querySelector('main').textContent }
}

const report = []
await stage.show({ url: '/feed' })
await until(() => stage.now.error)
report.push(seen())
// No call throws, and each reports the same error.
for (const method of ['connect', 'reconnect', 'disconnect', 'connect']) stage.now[method]()
await settled()
report.push(seen())
// A wrong option still throws, because it is a mistake in the program.
stage.remove()
await stage.show({ url: '/feed', options: { retries: 3 } })
await settled()
report.push(document.querySelector('main').textContent)
parent.postMessage(report, '*')
