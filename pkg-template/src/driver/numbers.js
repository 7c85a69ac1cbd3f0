// The numbers by which driver.js and wasm talk (machine.rs has the other half of each table).

// What can happen to a session.
export const CONNECT = 0
export const DISCONNECT = 1
export const RECONNECT = 2
export const ABORT = 3
export const PAUSE = 4
export const RESUME = 5
export const OVERFLOWED = 6
export const FLOWING = 7
export const OFFLINE = 8
export const ONLINE = 9
export const HIDDEN = 10
export const VISIBLE = 11
export const FROZEN = 12
export const THAWED = 13
export const TOKEN = 14
export const REFRESHED = 15
export const SENT = 16
export const VALIDATED = 17
export const ERROR_BODY_READ = 18
export const ENDED = 19
export const FAILED = 20
export const DONE = 21
export const RECONNECTION_TIME = 22
export const RESUMABLE = 23
export const JUDGED = 24
export const FIRED = 25
export const SILENCE = 26
export const LAST_BYTE = 27
export const REJECTED = 28
export const STOPPED = 29

// What a session commands. 0 says that it commands nothing more.
export const DO_OPEN = 1
export const DO_ASK_TOKEN = 2
export const DO_REFRESH_TOKEN = 3
export const DO_SEND = 4
export const DO_VALIDATE = 5
export const DO_READ_ERROR_BODY = 6
export const DO_READ = 7
export const DO_PAUSE = 8
export const DO_RESUME = 9
export const DO_CANCEL = 10
export const DO_JUDGE = 11
export const DO_SET_TIMER = 12
export const DO_CLEAR_TIMER = 13
export const TELL_STATE = 14
export const TELL_OPEN = 15
export const TELL_REFRESHED = 16
export const TELL_FAILED = 17
export const TELL_RETRY = 18
export const TELL_MAX_RECONNECTS_REACHED = 19
export const TELL_CLOSE = 20

// What an application may answer.
export const GAVE_UP = 0
export const ASK_AGAIN = 1
export const NEW_TOKEN = 2
export const GIVE_UP = -1
export const RETRY = -2
export const BY_THE_RULES = -3

/** The timer that asks for the silence so far instead of firing. */
export const IDLE = 3

export const STATES = ['idle', 'connecting', 'open', 'reconnecting', 'paused', 'closed']
export const REASONS = ['client', 'aborted', 'server', 'done', 'no-content', 'fatal', 'max-reconnects']
export const CODES = ['network', 'status', 'content-type', 'format', 'auth', 'timeout', 'idle', 'too-large', 'incomplete', 'callback']

export const NETWORK = 0
export const FORMAT = 3
export const AUTH = 4
export const TOO_LARGE = 7
export const CALLBACK = 9

/** The values of the option `reconnect`, which `Machine` is told by their places. */
export const RECONNECT_RULES = ['always', 'on-error', 'unprocessed', 'never']
