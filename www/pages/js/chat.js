// The chat: one client for each question. Its answer is shown as it arrives, and continues after a broken connection.

import { idleTimeout, tokenDelay } from './address.js'
import { Answer } from './answer.js'
import { ConnectionStrip } from './connection-strip.js'
import { focusConversation, part, stamp } from './dom.js'
import { StickToEnd } from './stick-to-end.js'
import { describe } from './wire.js'

const PATH = '/api/chat/stream'

/** An answer in one of these phases can be resumed after its last token. */
const RESUMABLE = ['stopped', 'cut', 'failed']

export class Chat {
  #account
  #wire
  #onConnection
  #strip
  #stick
  #messages = part('messages')
  #input = part('question')
  #client = null
  #question = null
  #answer = null

  /** `onConnection` is called whenever the state of the connection changes. */
  constructor({ account, wire, onConnection }) {
    this.#account = account
    this.#wire = wire
    this.#onConnection = onConnection
    this.#stick = new StickToEnd(this.#messages)
    this.#strip = new ConnectionStrip(part('chat-connection'), {
      connect: () => this.#resume(),
      canConnect: () => account.signedIn && RESUMABLE.includes(this.#answer?.phase),
    })
    this.#listen()
    account.addEventListener('change', () => this.#accountChanged())
    this.#accountChanged()
  }

  get #streaming() {
    return this.#answer?.phase === 'typing' || this.#answer?.phase === 'waiting'
  }

  #listen() {
    part('composer').addEventListener('submit', (event) => {
      event.preventDefault()
      this.#send()
    })
    this.#input.addEventListener('keydown', (event) => {
      // While an input method composes, Enter picks a word.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      this.#send()
    })
    this.#input.addEventListener('input', () => {
      this.#fitInput()
      this.#show()
    })
    part('stop').addEventListener('click', () => {
      this.#client.disconnect()
      focusConversation()
    })
    part('regenerate').addEventListener('click', () => {
      this.#regenerate()
      focusConversation()
    })
    for (const suggestion of document.querySelectorAll('.suggestion')) {
      suggestion.addEventListener('click', () => this.#ask(suggestion.textContent))
    }
  }

  #accountChanged() {
    const { signedIn } = this.#account
    const arrived = signedIn && part('talk').hidden
    part('talk').hidden = !signedIn
    if (!signedIn) this.#client?.disconnect()
    // On a touch screen the focus would push up the keyboard over the suggestions.
    if (arrived && matchMedia('(pointer: fine)').matches) this.#input.focus()
    this.#strip.refresh()
  }

  #send() {
    const message = this.#input.value.trim()
    if (message === '' || this.#streaming) return
    this.#input.value = ''
    this.#fitInput()
    this.#ask(message)
  }

  /** Replaces the property `field-sizing` of the style sheet in browsers that do not know it yet. */
  #fitInput() {
    if (CSS.supports('field-sizing', 'content')) return
    this.#input.style.height = 'auto'
    this.#input.style.height = `${this.#input.scrollHeight}px`
  }

  #ask(message) {
    part('suggestions')?.remove()
    const asked = stamp('question-template')
    asked.querySelector('.message-text').textContent = message
    this.#messages.append(asked)
    this.#question = message
    this.#startAnswer()
  }

  #regenerate() {
    this.#answer.element.remove()
    this.#startAnswer()
  }

  #startAnswer() {
    const onRetry = () => {
      this.#resume()
      focusConversation()
    }
    this.#answer = new Answer({ onRetry, onGrow: () => this.#stick.follow() })
    this.#messages.append(this.#answer.element)
    this.#stick.jump()
    this.#open()
  }

  /** Asks for the rest of an answer that was stopped, or cut off. */
  #resume() {
    this.#answer.type()
    this.#open()
  }

  #open() {
    const answer = this.#answer
    const client = this.#newClient(this.#question, answer.lastEventId)
    this.#client = client

    client.on('message', ({ token }, event) => answer.add(token, event.lastEventId))
    client.on('state', ({ state }) => {
      if (state === 'open') answer.connected()
      if (state === 'reconnecting') answer.wait()
      this.#onConnection()
    })
    client.on('retry', ({ attempt, delay }) => answer.waitFor(attempt, Date.now() + delay))
    client.on('close', ({ reason, error }) => {
      // No content: all of the answer had arrived before the connection was lost.
      if (reason === 'done' || reason === 'no-content') answer.finish()
      else if (reason === 'client' || reason === 'aborted') answer.stop()
      else answer.fail(error ? describe(error) : 'The server ended the answer before it was complete.')
      this.#show()
    })
    this.#strip.watch(client)
    client.connect()
    this.#show()
  }

  #newClient(message, lastEventId) {
    return this.#wire.client('chat', PATH, {
      method: 'POST',
      body: { message, tokenDelay },
      until: '[DONE]',
      // A POST is not repeated by itself, because most servers would answer twice. This one resumes the answer after
      // `Last-Event-ID`.
      reconnect: 'on-error',
      idleTimeout,
      lastEventId,
      auth: this.#account.auth,
    })
  }

  #show() {
    const streaming = this.#streaming
    part('stop').hidden = !streaming
    part('send').hidden = streaming
    part('send').disabled = this.#input.value.trim() === ''
    part('regenerate').disabled = streaming || this.#answer === null
  }
}
