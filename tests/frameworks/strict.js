// Under a policy that forbids WebAssembly: reports to the parent page what the component shows. (A test cannot run a script in this
// page, because the policy forbids that too.)

const report = []
await stage.show({ url: '/api/script/greeting' })
await until(() => stage.now.data)
const { state, data } = stage.now
report.push({ state, data, text: document.querySelector('main').textContent })
// A wrong option throws here too.
stage.remove()
await stage.show({ url: '/api/script/greeting', options: { retries: 3 } })
await settled()
report.push(document.querySelector('main').textContent)
parent.postMessage(report, '*')
