import { useLayoutEffect, useState } from 'react'
import {
  countDown,
  describe,
  type Exchange,
  isBusy,
  NOTES,
  type Retry,
  SUGGESTIONS,
  waitText,
} from '../../chat-shared/conversation'
import { Icon } from './Icon'

interface Props {
  exchanges: Exchange[]
  /** Asks for the rest of the latest answer. */
  onResume: () => void
  onPick: (suggestion: string) => void
}

export function Conversation({ exchanges, onResume, onPick }: Props) {
  return (
    <div className="messages" data-testid="messages" role="log" aria-label="Conversation" tabIndex={0}>
      <div className="conversation">
        {exchanges.length === 0 && <Suggestions onPick={onPick} />}
        {exchanges.map((exchange, index) => (
          <Message key={index} {...exchange} onResume={index === exchanges.length - 1 ? onResume : undefined} />
        ))}
      </div>
    </div>
  )
}

function Message({ question, answer, phase, error, retry, onResume }: Exchange & { onResume?: () => void }) {
  return (
    <>
      <article className="message asked" data-testid="message-user">
        <h3 className="unseen">You</h3>
        <p className="message-text">{question}</p>
      </article>
      <article className="message answer" data-testid="message-assistant" data-phase={phase}>
        <h3 className="unseen">Answer</h3>
        {/* Read aloud once it is complete, not word by word. */}
        <p className="message-text" data-testid="answer-body" aria-busy={isBusy(phase)}>
          <span data-testid="answer-text">{answer}</span>
          <span className="cursor" aria-hidden="true" hidden={!isBusy(phase)} />
        </p>
        <p className="message-note">
          <span data-testid="answer-note" role="status">
            {NOTES[phase]}
          </span>
          {phase === 'waiting' && <Wait retry={retry} />}
          {phase === 'stopped' && onResume && (
            <button type="button" className="button quiet small" data-testid="continue" onClick={onResume}>
              Continue
            </button>
          )}
        </p>
        {(phase === 'cut' || phase === 'failed') && (
          <div className="message-error" data-testid="answer-error" role="alert">
            <Icon name="alert" />
            <p>
              <b data-testid="answer-error-title">{phase === 'cut' ? 'Cut off' : 'No answer'}</b>{' '}
              <span data-testid="answer-error-text">{describe(error)}</span>
            </p>
            {onResume && (
              <button type="button" className="button small" data-testid="retry" onClick={onResume}>
                Retry
              </button>
            )}
          </div>
        )}
      </article>
    </>
  )
}

/** What the connection is waiting for. The countdown is not read aloud each second. */
function Wait({ retry }: { retry?: Retry }) {
  const [seconds, setSeconds] = useState(0)
  const at = retry?.at
  useLayoutEffect(() => (at === undefined ? undefined : countDown(at, setSeconds)), [at])
  return (
    <span data-testid="answer-wait" aria-live="off">
      {waitText(retry, seconds)}
    </span>
  )
}

function Suggestions({ onPick }: Pick<Props, 'onPick'>) {
  return (
    <div className="empty" data-testid="suggestions">
      <Icon name="chat" />
      <p>Ask a question and watch the answer arrive. If the connection breaks, the answer continues at the next word.</p>
      <div className="suggestions">
        {SUGGESTIONS.map((text) => (
          <button key={text} type="button" className="suggestion" data-testid="suggestion" onClick={() => onPick(text)}>
            {text}
          </button>
        ))}
      </div>
    </div>
  )
}
