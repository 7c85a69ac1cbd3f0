// Puts the panels together.

import { Account } from './account.js'
import { Chat } from './chat.js'
import { ClientFaults } from './client-faults.js'
import { part } from './dom.js'
import { Faults } from './faults.js'
import { Feed } from './feed.js'
import { Lab } from './lab.js'
import { WireLog } from './log.js'
import { Login } from './login.js'
import { Timeline } from './timeline.js'
import { Wire } from './wire.js'

function start() {
  const log = new WireLog()
  const wire = new Wire(log, new Timeline())
  const account = new Account(log)
  const faults = new Faults(log)
  const onConnection = () => faults.refreshSoon()

  new Login(account)
  new ClientFaults({ log, wire })
  new Chat({ account, wire, onConnection })
  new Feed({ account, wire, onConnection }).connect()
  new Lab(wire).open()
  faults.refreshSoon()
}

if (globalThis.SSEFetch) {
  start()
} else {
  const banner = part('banner')
  banner.textContent = 'The package is missing at /pkg/. Build it with “cargo xtask build” and reload.'
  banner.hidden = false
}
