import type { SSEState } from 'sse-fetch'
import { describe, pullThePlug } from '../../chat-shared/conversation'
import { Icon } from './Icon'

interface Props {
  /** `waiting`: open, but nothing has come yet since the connection was lost. */
  state: SSEState | 'waiting'
  error?: Error
  onReconnect: () => void
}

/** How the connection is, and buttons to step in. */
export function ConnectionStrip({ state, error, onReconnect }: Props) {
  return (
    <div className="connection" data-state={state} data-failed={error && state === 'closed' ? '' : undefined}>
      <div className="connection-now">
        <span className="badge" data-testid="chat-state" role="status">{state}</span>
        <span className="reason" title={error && describe(error)}>{error && describe(error)}</span>
        <div className="connection-actions">
          <button
            type="button"
            className="button quiet small"
            data-testid="chat-reconnect"
            // Not disabled, which would take the focus away.
            aria-disabled={state !== 'reconnecting'}
            onClick={() => state === 'reconnecting' && onReconnect()}
          >
            Reconnect now
          </button>
          <button type="button" className="button quiet small" data-testid="plug" onClick={pullThePlug}>
            <Icon name="unplug" />Pull the plug for 5 s
          </button>
        </div>
      </div>
    </div>
  )
}
