import { useEffect } from 'react'
import { create } from 'zustand'

const SHOWN_MS = 8000
const useToast = create<{ text: string | null }>(() => ({ text: null }))

/** Says something for eight seconds. */
export const say = (text: string): void => useToast.setState({ text })

export function Toast() {
  const text = useToast((toast) => toast.text)
  useEffect(() => {
    if (text === null) return
    const timer = setTimeout(() => useToast.setState({ text: null }), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div role="status" aria-live="polite">
      {text !== null && <div className="toast">{text}</div>}
    </div>
  )
}
