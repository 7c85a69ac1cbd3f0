import type { SSEState } from 'sse-fetch'
import { closePort, describe } from '../../chat-shared/conversation'
import { Icon } from './Icon'

interface Props {
  /** `waiting`: open, but nothing has come yet since the connection was lost. */
  state: SSEState | 'waiting'
  error?: Error
  onReconnect: () => void
}

/** The state of the connection, and buttons to change it. */
export function ConnectionStrip({ state, error, onReconnect }: Props) {
  return (
    <div className="connection" data-state={state} data-failed={error && state === 'closed' ? '' : undefined}>
      <div className="connection-now">
        <span className="badge" data-testid="chat-state" role="status">
          {state}
        </span>
        <span className="reason" title={error && describe(error)}>
          {error && describe(error)}
        </span>
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
          <button type="button" className="button quiet small" data-testid="close-port" onClick={closePort}>
            <Icon name="unplug" />
            Close the port for 5 s
          </button>
        </div>
      </div>
    </div>
  )
}
