// How the other files find the parts of the page and stamp out its templates.

/** The element with this data-testid: the same names the end-to-end tests use. */
export function part(name, root = document) {
  return root.querySelector(`[data-testid="${name}"]`)
}

/** A fresh copy of the only element inside `<template id="…">`. */
export function stamp(templateId) {
  return document.getElementById(templateId).content.firstElementChild.cloneNode(true)
}

/**
 * Moves the focus away from a button that disappears when it is pressed. On a touch screen the focus does not go to the text
 * field, because the keyboard would cover the conversation.
 */
export function focusConversation() {
  part(matchMedia('(pointer: coarse)').matches ? 'messages' : 'question').focus()
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** `14:03:27` in the reader's time zone; an unreadable date gives an empty text. */
export function timeOfDay(date) {
  return Number.isNaN(date.getTime()) ? '' : clock.format(date)
}
