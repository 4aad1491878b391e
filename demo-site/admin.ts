/** The demo's own admin page: the sales of this run, and a way to give money back, which a real shop does at its provider. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formatPrice } from './plans.ts'
import type { Sale } from './stand-in/checkout.ts'
import { textIn } from './stand-in/provider.ts'
import type { Values } from './templates.ts'

export interface AdminOptions {
  sales: Map<string, Sale>
  /** Says where to go then. */
  refund: (sale: Sale, amount: number, next: string) => Promise<string>
  show: (request: FastifyRequest, reply: FastifyReply, page: string, values?: Values) => FastifyReply
}

interface Mistake {
  sale: string
  amount: string
  error: string
}

export function adminPages(shop: FastifyInstance, { sales, refund, show }: AdminOptions): void {
  const admin = (request: FastifyRequest, reply: FastifyReply, mistake?: Mistake) =>
    show(request, reply, 'admin', {
      sales: [...sales.values()].toReversed().map((sale) => ({
        ...described(sale),
        amount: (restOf(sale) / 100).toFixed(2),
        error: '',
        ...(mistake?.sale === sale.id ? { amount: mistake.amount, error: mistake.error } : {}),
      })),
      none: sales.size === 0,
    })

  shop.get('/admin', (request, reply) => admin(request, reply))

  shop.post('/admin/refunds', async (request, reply) => {
    const form = (request.body ?? {}) as Record<string, unknown>
    const sale = sales.get(textIn(form, 'sale'))
    if (!sale) return reply.callNotFound()

    const amount = textIn(form, 'amount')
    const cents = centsIn(amount)
    if (cents === null || cents < 1 || cents > restOf(sale)) {
      const error = `Enter an amount from ${formatPrice(1)} to ${formatPrice(restOf(sale))}.`
      return admin(request, reply.code(400), { sale: sale.id, amount, error })
    }
    return reply.redirect(await refund(sale, cents, '/admin'), 303)
  })
}

const restOf = ({ plan, refunded }: Sale) => plan.price - refunded

function described(sale: Sale) {
  const { id, plan, standIn, email, code, paidAt, refunded } = sale
  return {
    id,
    plan: plan.name,
    price: formatPrice(plan.price),
    provider: standIn.title,
    email,
    code,
    time: paidAt.toISOString(),
    clock: `${paidAt.toISOString().slice(11, 16)} UTC`,
    refunded: refunded > 0 ? formatPrice(refunded) : '',
    open: refunded < plan.price,
  }
}

/** `124.50`, or with a comma; null when it is no amount. */
function centsIn(text: string): number | null {
  const [, whole, part = ''] = /^\s*\$?(\d{1,7})(?:[.,](\d{1,2}))?\s*$/.exec(text) ?? []
  return whole === undefined ? null : Number(whole) * 100 + Number(part.padEnd(2, '0'))
}
