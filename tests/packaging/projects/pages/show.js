// Shows in the page what a client receives.

globalThis.show = (name, text) => {
  document.querySelector(`[data-testid=${name}]`).textContent = text
}
