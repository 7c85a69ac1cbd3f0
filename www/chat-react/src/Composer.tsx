import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { focusConversation, hasKeyboard, isBusy, type Phase } from '../../chat-shared/conversation'
import { Icon } from './Icon'

interface Props {
  /** Where the latest answer stands; none before the first question. */
  phase?: Phase
  onAsk: (message: string) => void
  onStop: () => void
  onRegenerate: () => void
}

export function Composer({ phase, onAsk, onStop, onRegenerate }: Props) {
  const [text, setText] = useState('')
  const message = text.trim()

  const send = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault()
    if (message === '' || isBusy(phase)) return
    setText('')
    onAsk(message)
    focusConversation()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter picks a word.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event)
  }

  return (
    <form className="composer" onSubmit={send}>
      <label className="unseen" htmlFor="question">
        Your message
      </label>
      <textarea
        id="question"
        data-testid="question"
        rows={text.split('\n').length}
        placeholder="Ask something"
        autoComplete="off"
        autoFocus={hasKeyboard}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="composer-actions">
        <span className="hint">
          <kbd>Enter</kbd> sends, <kbd>Shift Enter</kbd> breaks the line
        </span>
        <button
          type="button"
          className="button quiet"
          data-testid="regenerate"
          disabled={!phase || isBusy(phase)}
          onClick={onRegenerate}
        >
          <Icon name="again" />
          Regenerate
        </button>
        {/* Two buttons, because a press of the stop button must not send the text that was typed in the meantime. */}
        {isBusy(phase) ? (
          <button key="stop" type="button" className="button" data-testid="stop" onClick={onStop}>
            <Icon name="stop" />
            Stop
          </button>
        ) : (
          <button key="send" type="submit" className="button primary" data-testid="send" disabled={message === ''}>
            <Icon name="send" />
            Send
          </button>
        )}
      </div>
    </form>
  )
}
