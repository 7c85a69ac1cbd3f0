import { describe, type Exchange, NOTES, SUGGESTIONS } from '../../chat-shared/conversation'
import { Icon } from './Icon'

interface Props {
  exchanges: Exchange[]
  /** For the latest of them. */
  onGoOn: () => void
  onPick: (suggestion: string) => void
}

export function Conversation({ exchanges, onGoOn, onPick }: Props) {
  return (
    <div className="messages" data-testid="messages" role="log" aria-label="Conversation" tabIndex={0}>
      <div className="conversation">
        {exchanges.length === 0 && <Suggestions onPick={onPick} />}
        {exchanges.map((exchange, index) => (
          <Message key={index} {...exchange} onGoOn={index === exchanges.length - 1 ? onGoOn : undefined} />
        ))}
      </div>
    </div>
  )
}

function Message({ question, answer, phase, error, onGoOn }: Exchange & { onGoOn?: () => void }) {
  const isBusy = phase === 'typing' || phase === 'waiting'
  return (
    <>
      <article className="message asked" data-testid="message-user">
        <h3 className="unseen">You</h3>
        <p className="message-text">{question}</p>
      </article>
      {/* Read aloud once it is complete, not word by word. */}
      <article className="message answer" data-testid="message-assistant" data-phase={phase} aria-busy={isBusy}>
        <h3 className="unseen">Answer</h3>
        <p className="message-text">
          <span data-testid="answer-text">{answer}</span>
          <span className="cursor" aria-hidden="true" hidden={!isBusy} />
        </p>
        {NOTES[phase] && (
          <p className="message-note" data-testid="answer-note">
            {NOTES[phase]}
            {phase === 'stopped' && onGoOn && (
              <button type="button" className="button quiet small" data-testid="go-on" onClick={onGoOn}>Go on</button>
            )}
          </p>
        )}
        {phase === 'failed' && error && (
          <div className="message-error" data-testid="answer-error" role="alert">
            <Icon name="alert" />
            <p data-testid="answer-error-text">{describe(error)}</p>
            {onGoOn && <button type="button" className="button small" data-testid="retry" onClick={onGoOn}>Retry</button>}
          </div>
        )}
      </article>
    </>
  )
}

function Suggestions({ onPick }: Pick<Props, 'onPick'>) {
  return (
    <div className="empty" data-testid="suggestions">
      <Icon name="chat" />
      <p>Ask a question and watch the answer being typed. Pull the plug meanwhile: it goes on at the next word.</p>
      <div className="suggestions">
        {SUGGESTIONS.map((text) => (
          <button key={text} type="button" className="suggestion" data-testid="suggestion" onClick={() => onPick(text)}>{text}</button>
        ))}
      </div>
    </div>
  )
}
