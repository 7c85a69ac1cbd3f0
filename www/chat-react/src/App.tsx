import { useState } from 'react'
import type { Session } from '../../chat-shared/session'
import { Chat } from './Chat'
import { Icon } from './Icon'
import { Login } from './Login'

export function App() {
  const [session, setSession] = useState<Session>()
  return (
    <section className="panel chat" id="chat" aria-labelledby="chat-title">
      <div className="panel-head">
        <h2 id="chat-title">Chat in React</h2>
        <code className="endpoint">POST /api/chat/stream</code>
        {session && (
          <>
            <span className="account-name">{session.username}</span>
            <button
              type="button"
              className="icon-button"
              title="Sign out"
              data-testid="sign-out"
              onClick={() => setSession(undefined)}
            >
              <Icon name="out" />
            </button>
          </>
        )}
      </div>
      {session ? <Chat session={session} /> : <Login onSignIn={setSession} />}
    </section>
  )
}
