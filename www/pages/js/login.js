// The sign-in card, and the chip in the masthead it turns into.

import { SignInRefused } from './account.js'
import { part } from './dom.js'

export class Login {
  #account
  #form = part('login-form')
  #error = part('login-error')
  #chip = part('account')

  constructor(account) {
    this.#account = account
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#submit()
    })
    part('sign-out').addEventListener('click', () => account.signOut())
    account.addEventListener('change', () => this.#show())
    setInterval(() => this.#showTime(), 1000)
    this.#show()
  }

  async #submit() {
    const button = part('sign-in')
    button.disabled = true
    this.#error.hidden = true
    try {
      await this.#account.signIn(part('username').value, part('password').value)
    } catch (error) {
      this.#error.textContent =
        error instanceof SignInRefused ? error.message : 'The server cannot be reached. Try again in a moment.'
      this.#error.hidden = false
    } finally {
      button.disabled = false
    }
  }

  #show() {
    const { signedIn, username } = this.#account
    this.#form.hidden = signedIn
    this.#chip.hidden = !signedIn
    part('account-name').textContent = username ?? ''
    this.#showTime()
  }

  #showTime() {
    const left = this.#account.secondsLeft()
    part('token-countdown').value = left > 0 ? `${left} s` : 'expired'
    this.#chip.toggleAttribute('data-expired', left === 0)
  }
}
