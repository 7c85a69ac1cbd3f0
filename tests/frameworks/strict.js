// Under a policy that forbids WebAssembly: reports to the page around this one what the component shows. (A test cannot ask this
// page itself: the policy forbids that too.)

const seen = () => {
  const { state, closeReason, error, data } = stage.now
  return { state, closeReason, error: error && { name: error.name, message: error.message }, data, text: document.querySelector('main').textContent }
}

const report = []
await stage.show({ url: '/feed' })
await until(() => stage.now.error)
report.push(seen())
// No call throws, and each tells the same.
for (const method of ['connect', 'reconnect', 'disconnect', 'connect']) stage.now[method]()
await settled()
report.push(seen())
// A wrong option is a mistake of the program all the same.
stage.remove()
await stage.show({ url: '/feed', options: { retries: 3 } })
await settled()
report.push(document.querySelector('main').textContent)
parent.postMessage(report, '*')
