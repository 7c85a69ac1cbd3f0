// Shows in the page what a client hears.

globalThis.show = (name, text) => {
  document.querySelector(`[data-testid=${name}]`).textContent = text
}
