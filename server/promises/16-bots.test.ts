/** Promise 16: no bot earns and no human is lost to a filter. */
import { describe, expect } from 'vitest'
import { checkout, withProgramme } from '../test/programme.ts'

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const PIXEL =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP4A.250405.002; wv) AppleWebKit/537.36 (KHTML, like Gecko)'
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)'
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const COMPATIBLE = 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible;'

/** Browsers, with those inside of apps, phones whose maker is called like a robot, televisions and consoles. */
const HUMANS: Record<string, string> = {
  'Chrome on Windows': `${WINDOWS} Chrome/138.0.0.0 Safari/537.36`,
  Edge: `${WINDOWS} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`,
  Opera: `${WINDOWS} Chrome/137.0.0.0 Safari/537.36 OPR/122.0.0.0`,
  Vivaldi: `${WINDOWS} Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5.3735.47`,
  Yandex: `${WINDOWS} Chrome/136.0.0.0 YaBrowser/25.6.0.0 Safari/537.36`,
  'Firefox on Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Safari on a Mac': `${MAC} Version/18.5 Safari/605.1.15`,
  'Safari on an iPhone': `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`,
  'Chrome on an iPhone': `${IPHONE} CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1`,
  'Firefox on an iPhone': `${IPHONE} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`,
  'Chrome on Android': `${ANDROID} Chrome/138.0.0.0 Mobile Safari/537.36`,
  'Chrome OS':
    'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Instagram, iOS': `${IPHONE} Mobile/15E148 Instagram 389.0.0.49.87 (iPhone16,2; iOS 18_5; en_US; en; scale=3.00; 1290x2796; 757258343)`,
  'Instagram, Android': `${PIXEL} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 Instagram 389.0.0.49.87 Android (35/15; 420dpi; 1080x2424; Google/google; Pixel 9; tokay; tokay; en_US; 757258301)`,
  'Facebook, iOS': `${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/520.0.0.38.101;FBBV/756351453;FBDV/iPhone16,2;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBCR/;FBID/phone;FBLC/en_US;FBOP/80]`,
  'Facebook, Android': `${PIXEL} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/520.0.0.42.94;IABMV/1;]`,
  Messenger: `${IPHONE} Mobile/15E148 [FBAN/MessengerForiOS;FBAV/513.1.0.44.106;FBBV/752317291;FBDV/iPhone15,3;FBMD/iPhone;FBSN/iOS;FBSV/18.4;FBSS/3;FBID/phone;FBLC/de_DE;FBOP/5]`,
  'LinkedIn, iOS': `${IPHONE} Mobile/15E148 [LinkedInApp]/9.31.4018`,
  'LinkedIn, Android': `${PIXEL} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 [LinkedInApp]/4.1.1083`,
  'TikTok, iOS': `${IPHONE} Mobile/15E148 musical_ly_40.3.0 BytedanceWebview/d8a21c6`,
  'TikTok, Android': `${PIXEL} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 trill_400303 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/40.3.3 ByteLocale/en ByteFullLocale/en Region/US BytedanceWebview/d8a21c6`,
  Snapchat: `${IPHONE} Version/18.5 Mobile/15E148 Snapchat/13.46.0.42 (like Safari/8621.2.5.10.10, panda)`,
  WeChat: `${PIXEL} Version/4.0 Chrome/130.0.6723.103 Mobile Safari/537.36 XWEB/1300473 MMWEBSDK/20250503 MMWEBID/6581 MicroMessenger/8.0.61.2880(0x28003D35) WeChat/arm64 Weixin NetType/WIFI Language/en ABI/arm64`,
  Line: `${IPHONE} Mobile/15E148 Safari Line/15.10.0`,
  KakaoTalk: `${PIXEL} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36;KAKAOTALK 2610830`,
  Naver: `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1 NAVER(inapp; search; 2000; 12.13.40; 16PRO)`,
  'Pinterest, iOS': `${IPHONE} Mobile/15E148 [Pinterest/iOS]`,
  'Pinterest, Android': `${PIXEL} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 [Pinterest/Android]`,
  X: `${IPHONE} Mobile/15E148 Twitter for iPhone/11.6`,
  Reddit: `${IPHONE} Mobile/15E148 Reddit/Version 2025.27.0/Build 619107/iOS Version 18.5`,
  'Google app, iOS': `${IPHONE} GSA/377.0.778210364 Mobile/15E148 Safari/604.1`,
  'Google app, Android': `${PIXEL} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 GSA/16.26.62.sa.arm64`,
  DuckDuckGo: `${IPHONE} Version/18.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15`,
  'Samsung Internet': `${ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
  'UC Browser':
    'Mozilla/5.0 (Linux; U; Android 14; en-US; SM-A155F Build/UP1A.231005.007) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/123.0.6312.80 UCBrowser/14.3.2.1330 Mobile Safari/537.36',
  'a Cubot phone':
    'Mozilla/5.0 (Linux; Android 12; CUBOT_P60 Build/SP1A.210812.016) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36',
  'a Cubot tablet':
    'Mozilla/5.0 (Linux; Android 13; CUBOT TAB 30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  'Opera Mini': 'Opera/9.80 (Android; Opera Mini/85.0.2254/191.303; U; en) Presto/2.12.423 Version/12.16',
  Silk: 'Mozilla/5.0 (Linux; Android 9; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/137.3.4 like Chrome/137.0.7151.115 Safari/537.36',
  Huawei:
    'Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00; HMSCore 6.15.0.302) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.5735.196 HuaweiBrowser/16.0.9.300 Mobile Safari/537.36',
  'a Samsung television':
    'Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) 108.0.5359.1/8.0 TV Safari/537.36',
  'an LG television':
    'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.270 Safari/537.36 WebAppManager',
  'PlayStation 5':
    'Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15',
}

const BOTS: Record<string, string> = {
  Googlebot: `${COMPATIBLE} Googlebot/2.1; +http://www.google.com/bot.html) Chrome/138.0.7204.92 Safari/537.36`,
  'Googlebot for phones': `${ANDROID} Chrome/138.0.7204.92 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
  AdsBot: 'AdsBot-Google (+http://www.google.com/adsbot.html)',
  bingbot: `${COMPATIBLE} bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36`,
  GPTBot: `${COMPATIBLE} GPTBot/1.2; +https://openai.com/gptbot)`,
  ClaudeBot: `${COMPATIBLE} ClaudeBot/1.0; +claudebot@anthropic.com)`,
  PerplexityBot: `${COMPATIBLE} PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)`,
  'Facebook preview': 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Slack preview': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'X preview': 'Twitterbot/1.0',
  'LinkedIn preview': 'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
  'WhatsApp preview': 'WhatsApp/2.23.20.0',
  'Telegram preview': 'TelegramBot (like TwitterBot)',
  'Discord preview': 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  Applebot: `${MAC} Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)`,
  AhrefsBot: 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
  UptimeRobot: 'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
  HeadlessChrome:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36',
  Lighthouse: `${MAC.replace('605.1.15', '537.36')} Chrome/138.0.0.0 Safari/537.36 Chrome-Lighthouse`,
  curl: 'curl/8.14.1',
  Wget: 'Wget/1.25.0',
  'python-requests': 'python-requests/2.32.4',
  Go: 'Go-http-client/2.0',
  axios: 'axios/1.10.0',
  nothing: '',
}

describe('promise 16: no bot earns and no human is lost to a filter', () => {
  withProgramme('humans are counted and bots are not, by script and by link', async (programme) => {
    expect(Object.keys({ ...HUMANS, ...BOTS }).length).toBeGreaterThanOrEqual(60)
    await programme.addAffiliate('ANN')
    // Each is one visitor, who comes twice.
    await programme.set({ repeat_click_seconds: 0 })
    const wrong: string[] = []
    for (const [list, expected] of [
      [HUMANS, 'counted'],
      [BOTS, 'bot'],
    ] as const) {
      for (const [index, [name, agent]] of Object.entries(list).entries()) {
        const answer = await programme.click('ANN', `click-${expected}-${index}`, { 'user-agent': agent })
        if (answer.headers['x-refgrow-click'] !== expected)
          wrong.push(`${name}: ${String(answer.headers['x-refgrow-click'])}`)
        await programme.app.inject({ url: '/r/ANN', headers: { 'user-agent': agent } })
      }
    }
    expect(wrong).toEqual([])

    const humans = 2 * Object.keys(HUMANS).length
    const bots = 2 * Object.keys(BOTS).length
    // A redirect is answered before its click is stored.
    await expect
      .poll(async () => (await programme.db.selectFrom('click').select('id').execute()).length)
      .toBe(humans + bots)
    expect(await programme.db.selectFrom('rollup').selectAll().where('period', '=', 'all').execute()).toEqual([
      expect.objectContaining({ clicks: humans, purchases: 0 }),
    ])
    expect(await programme.db.selectFrom('not_counted').select(['reason', 'clicks']).execute()).toEqual([
      { reason: 'bot', clicks: bots },
    ])
    expect((await programme.get('/api/v1/affiliates/ann%40example.com')).body.data.clicks).toBe(humans)
  })

  withProgramme('a click taken for a bot still attributes the sale that follows it', async (programme) => {
    await programme.addAffiliate('ANN')
    const agent = { 'user-agent': BOTS['HeadlessChrome'] ?? '' }
    expect((await programme.click('ANN', 'click-of-a-bot', agent)).body.data.counted).toBe(false)
    const told = await programme.post(
      '/api/track/event',
      {
        project_id: programme.projectId,
        type: 'signup',
        email: 'buyer@example.com',
        referral_code: 'ANN',
        click_id: 'click-of-a-bot',
      },
      agent,
    )
    expect(told.status).toBe(202)
    await programme.deliver(checkout({ id: 'one', amount: 5000, email: 'buyer@example.com' }))
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '10.00' })
    const { data } = (await programme.get('/api/v1/affiliates/ann%40example.com')).body
    expect([data.clicks, data.signups, data.purchases]).toEqual([0, 1, 1])
  })
})
