import { useState } from 'react'
import { useSSE } from 'sse-fetch/react'
import { type Exchange, phaseOf, promptOf, type Token } from '../../chat-shared/conversation'
import type { Session } from '../../chat-shared/session'
import { Composer } from './Composer'
import { ConnectionStrip } from './ConnectionStrip'
import { Conversation } from './Conversation'

export function Chat({ session: { getToken, refreshToken } }: { session: Session }) {
  const [earlier, setEarlier] = useState<Exchange[]>([])
  const [question, setQuestion] = useState('')
  const [stopped, setStopped] = useState(false)

  const { data: answer = '', state, error, connect, disconnect, reconnect } = useSSE<Token, string>('/api/chat/stream', {
    immediate: false,
    getToken,
    refreshToken,
    until: '[DONE]',
    reduce: (answer = '', { token }) => answer + token,
  })
  const latest = { question, answer, phase: phaseOf(state, error, stopped), error }

  const request = (message: string) => {
    setStopped(false)
    connect({ body: promptOf(message) })
  }
  const ask = (message: string) => {
    if (question) setEarlier([...earlier, latest])
    setQuestion(message)
    request(message)
  }
  const stop = () => {
    setStopped(true)
    disconnect()
  }
  const goOn = () => {
    setStopped(false)
    reconnect()
  }

  return (
    <>
      <ConnectionStrip state={state} error={error} onReconnect={reconnect} />
      <div className="talk" data-testid="talk">
        <Conversation exchanges={question ? [...earlier, latest] : []} onGoOn={goOn} onPick={ask} />
        <Composer phase={question ? latest.phase : undefined} onAsk={ask} onStop={stop} onRegenerate={() => request(question)} />
      </div>
    </>
  )
}
