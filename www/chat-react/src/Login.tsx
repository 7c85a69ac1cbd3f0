import { useActionState, useState } from 'react'
import { type Session, signIn } from '../../chat-shared/session'

export function Login({ onSignIn }: { onSignIn: (session: Session) => void }) {
  const [username, setUsername] = useState('demo')
  const [password, setPassword] = useState('demo')
  const [refusal, submit, isPending] = useActionState(async () => {
    try {
      onSignIn(await signIn(username, password))
    } catch (error) {
      return (error as Error).message
    }
  }, undefined)

  return (
    <form className="login" action={submit} aria-labelledby="login-title">
      <div className="login-card">
        <h3 id="login-title">Sign in to ask something</h3>
        <p>The token is renewed when it expires, even in the middle of an answer.</p>
        <label className="field">
          User name
          <input
            data-testid="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
        </label>
        <label className="field">
          Password
          <input
            data-testid="password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        {refusal && (
          <p className="login-error" data-testid="login-error" role="alert">
            {refusal}
          </p>
        )}
        <button type="submit" className="button primary" data-testid="sign-in" disabled={isPending}>
          Sign in
        </button>
      </div>
    </form>
  )
}
