import { ISLAND_PATH } from 'virtual:coast'
import { Monitor, Moon, Sun, SunMoon } from 'lucide-react'
import { THEMES } from '../address.ts'
import { useT } from '../i18n.ts'
import { setView, useView } from '../view.ts'

const THEME_ICONS = { dark: Moon, light: Sun, auto: SunMoon }

/** The pages there are, then language and theme. */
export function Rail() {
  const { t, language } = useT()
  const theme = useView((view) => view.theme)
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'dark'
  const ThemeIcon = THEME_ICONS[theme]
  const otherLanguage = language === 'vi' ? 'en' : 'vi'
  const themeLabel = t('theme.switch', { now: t(`theme.${theme}`), next: t(`theme.${next}`) })
  return (
    <nav className="rail" aria-label={t('rail.label')}>
      <span className="logo">
        <svg viewBox="78842 47078 66 136" style={{ height: '1.75rem' }} role="img" aria-label="Phú Quốc">
          <path d={ISLAND_PATH} />
        </svg>
      </span>
      <a href="/" aria-current="page" onClick={(event) => event.preventDefault()}>
        <Monitor size={19} strokeWidth={1.6} aria-hidden />
        <b>{t('page.operator')}</b>
      </a>
      <i />
      <button
        type="button"
        data-testid="language"
        lang={otherLanguage}
        title={language === 'vi' ? 'English' : 'Tiếng Việt'}
        aria-label={language === 'vi' ? 'English' : 'Tiếng Việt'}
        onClick={() => setView({ language: otherLanguage })}
      >
        <span className="lang">{language.toUpperCase()}</span>
      </button>
      <button
        type="button"
        data-testid="theme"
        data-theme-choice={theme}
        title={themeLabel}
        aria-label={themeLabel}
        onClick={() => setView({ theme: next })}
      >
        <ThemeIcon size={18} strokeWidth={1.6} aria-hidden />
      </button>
    </nav>
  )
}
