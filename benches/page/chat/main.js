// The page of a chat. It loads only one client, when the first chat begins, so that loading the client counts.

import { chat } from './chat.js'

/** Each client is a bundle of its own beside this file. With `copy` its address is another one, so that it is compiled again. */
globalThis.chat = ({ copy, ...job }) =>
  chat(job, (library) => import(new URL(`${library}.js${copy === undefined ? '' : `?${copy}`}`, import.meta.url).href))
