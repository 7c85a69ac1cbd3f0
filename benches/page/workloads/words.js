// What the events talk about.

import { pick } from '../random.js'

const WORDS = (
  'the of and to in is that it for on as with are this be at by from or have an was not which but one all ' +
  'stream event server client browser connection token answer network message reader buffer latency retry open close ' +
  'again before after while because however understanding implementation configuration'
).split(' ')

const CHINESE = [
  '服务器',
  '浏览器',
  '连接',
  '数据',
  '消息',
  '我们',
  '可以',
  '这个',
  '因为',
  '所以',
  '重新',
  '发送',
  '接收',
  '事件',
  '流',
  '网络',
  '时间',
  '问题',
  '答案',
  '，',
  '。',
  '的',
  '是',
  '在',
  '了',
  '不',
  '有',
]

const EMOJI = ['😀', '🎉', '🚀', '👍', '❤️', '🔥', '👩‍💻', '🇪🇺', '🤷🏽‍♀️', '✨', '🐛', '📈']

/** A word as language models say it: mostly with the space before it. */
export const token = (random) => (random(3) > 0 ? ' ' : '') + pick(WORDS, random)

/** So many words with spaces between them. */
export const sentence = (words, random) => Array.from({ length: words }, () => pick(WORDS, random)).join(' ')

export const chinese = (words, random) => Array.from({ length: words }, () => pick(CHINESE, random)).join('')

/** Words with emoji among them, which take two units of a string or many, and four bytes or many. */
export const emoji = (words, random) =>
  Array.from({ length: words }, () => (random(2) ? pick(EMOJI, random) : pick(WORDS, random))).join(' ')
