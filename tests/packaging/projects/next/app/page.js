import { Notifications } from './notifications'

// Rendered on the server for every request, because it reads the query.
export default async function Page({ searchParams }) {
  const { server } = await searchParams
  return <Notifications server={server} />
}
