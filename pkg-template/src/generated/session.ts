// The numbers and names that a session and its driver share.
// Written by `cargo xtask generate`; the tables are in src/session and src/bindings.

// What happens to a session.
export const INPUT_CONNECT = 0
export const INPUT_DISCONNECT = 1
export const INPUT_RECONNECT = 2
export const INPUT_ABORT = 3
export const INPUT_PAUSE = 4
export const INPUT_RESUME = 5
export const INPUT_BUFFER_FULL = 6
export const INPUT_BUFFER_DRAINED = 7
export const INPUT_WAKE = 8
export const INPUT_SILENCE = 9
export const INPUT_LAST_BYTE = 10
export const INPUT_OFFLINE = 11
export const INPUT_ONLINE = 12
export const INPUT_HIDDEN = 13
export const INPUT_VISIBLE = 14
export const INPUT_ENTERED_BFCACHE = 15
export const INPUT_LEFT_BFCACHE = 16
export const INPUT_RECONNECTION_TIME = 17
export const INPUT_RESUMABLE = 18
export const INPUT_TOKEN = 19
export const INPUT_REFRESHED = 20
export const INPUT_SENT = 21
export const INPUT_VALIDATED = 22
export const INPUT_ERROR_BODY_READ = 23
export const INPUT_ENDED = 24
export const INPUT_FAILED = 25
export const INPUT_CALLBACK_THREW = 26
export const INPUT_DONE = 27
export const INPUT_UNTIL_ERROR = 28
export const INPUT_DECIDED = 29

// The answers of the application.
/** There is no new token. */
export const REFRESH_GAVE_UP = 0
/** There is a new token: ask for it. */
export const REFRESH_ASK_AGAIN = 1
/** This is the new token. */
export const REFRESH_TOKEN = 2
/** Do not retry. */
export const DECISION_GIVE_UP = -1
/** Retry, after the usual delay. */
export const DECISION_RETRY = -2
/** Follow the rules. */
export const DECISION_DEFAULT = -3

// The steps of an attempt.
export const STEP_NONE = 0
export const STEP_TOKEN = 1
export const STEP_REFRESH = 2
export const STEP_REQUEST = 3
export const STEP_VALIDATE = 4
export const STEP_ERROR_BODY = 5
export const STEP_STREAM = 6
export const STEP_DECIDE = 7

// The fields of the wants, or of an event.
export const FIELD_ID = 0
export const FIELD_NUMBER = 1
export const FIELD_FRESH = 2
export const FIELD_CODE = 3
export const FIELD_STATUS = 4
export const FIELD_RETRYABLE = 5
export const FIELD_FAILED_ATTEMPT = 6
export const FIELD_READING = 7
export const FIELD_WAKE_AT = 8

// Names, in the order of their numbers.
export const STATES = ['idle', 'connecting', 'open', 'reconnecting', 'paused', 'closed'] as const
export const CLOSE_REASONS = ['client', 'aborted', 'server', 'done', 'no-content', 'fatal', 'max-reconnects'] as const
export const CODES = [
  'network',
  'status',
  'content-type',
  'format',
  'auth',
  'timeout',
  'idle',
  'too-large',
  'incomplete',
  'callback',
] as const
export const RECONNECT_RULES = ['always', 'on-error', 'unprocessed', 'never'] as const
export const CODE_NETWORK = 0
export const CODE_STATUS = 1
export const CODE_CONTENT_TYPE = 2
export const CODE_FORMAT = 3
export const CODE_AUTH = 4
export const CODE_TIMEOUT = 5
export const CODE_IDLE = 6
export const CODE_TOO_LARGE = 7
export const CODE_INCOMPLETE = 8
export const CODE_CALLBACK = 9

// The options of a session, in the order of their numbers.
export const SESSION_OPTIONS = [
  'reconnect',
  'maxReconnects',
  'initial',
  'max',
  'factor',
  'jitter',
  'stableAfter',
  'connectTimeout',
  'idleTimeout',
  'hasTokenProvider',
  'canRefreshToken',
  'watchNetwork',
  'closeWhenHidden',
  'hasValidate',
  'hasShouldRetry',
  'expectsMark',
  'readsErrorBodies',
] as const
export const DEFAULT_INITIAL = 1000
export const DEFAULT_MAX = 30000

// The events of a session, in the order of their numbers from 1: the type, and what each field is.
export const NUMBER = 'number'
export const FAILURE = 'failure'
export const EVENTS = [
  ['state', { state: STATES, previous: STATES }],
  ['open', { previous: STATES, attempt: NUMBER }],
  ['refresh', { attempt: NUMBER }],
  ['error', { error: FAILURE }],
  ['retry', { attempt: NUMBER, delay: NUMBER, error: FAILURE }],
  ['max-reconnects-reached', { attempts: NUMBER }],
  ['close', { previous: STATES, reason: CLOSE_REASONS, error: FAILURE }],
] as const
