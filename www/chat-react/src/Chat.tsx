import { useState } from 'react'
import { useSSE } from 'sse-fetch/react'
import { type Exchange, errorOf, focusConversation, OPTIONS, phaseOf, promptOf, type Token } from '../../chat-shared/conversation'
import type { Session } from '../../chat-shared/session'
import { Composer } from './Composer'
import { ConnectionStrip } from './ConnectionStrip'
import { Conversation } from './Conversation'

export function Chat({ session: { getToken, refreshToken } }: { session: Session }) {
  const [earlier, setEarlier] = useState<Exchange[]>([])
  const [question, setQuestion] = useState('')
  const [lostAt, setLostAt] = useState<string>()

  const {
    data: answer = '',
    state,
    error,
    closeReason,
    retry,
    connect,
    disconnect,
    reconnect,
  } = useSSE<Token, string>('/api/chat/stream', {
    ...OPTIONS,
    getToken,
    refreshToken,
    reduce: (answer = '', { token }) => answer + token,
  })
  if (state === 'reconnecting' && lostAt !== answer) setLostAt(answer)
  const phase = phaseOf(state, closeReason, answer, lostAt)
  const latest = { question, answer, phase, error: errorOf(phase, error), retry }

  const request = (message: string) => {
    setLostAt(undefined)
    connect({ body: promptOf(message) })
  }
  const ask = (message: string) => {
    if (question) setEarlier([...earlier, latest])
    setQuestion(message)
    request(message)
  }
  const resume = () => {
    setLostAt(undefined)
    reconnect()
  }
  const onPress = (act: () => void) => () => {
    act()
    focusConversation()
  }

  return (
    <>
      <ConnectionStrip
        state={phase === 'waiting' && state === 'open' ? 'waiting' : state}
        error={latest.error}
        onReconnect={reconnect}
      />
      <div className="talk" data-testid="talk">
        <Conversation exchanges={question ? [...earlier, latest] : []} onResume={onPress(resume)} onPick={ask} />
        <Composer
          phase={question ? phase : undefined}
          onAsk={ask}
          onStop={onPress(disconnect)}
          onRegenerate={onPress(() => request(question))}
        />
      </div>
    </>
  )
}
