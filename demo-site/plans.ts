/** What Halfpage sells. Prices are in cents. */
export interface Plan {
  id: 'monthly' | 'yearly' | 'lifetime'
  name: string
  price: number
  per: string
  note: string
  button: string
}

export const currency = 'USD'

export const plans: Plan[] = [
  {
    id: 'monthly',
    name: 'Monthly',
    price: 900,
    per: 'a month',
    note: 'Stop whenever you like.',
    button: 'Buy monthly',
  },
  {
    id: 'yearly',
    name: 'Yearly',
    price: 8_400,
    per: 'a year',
    note: 'Seven dollars a month, paid once a year.',
    button: 'Buy yearly',
  },
  {
    id: 'lifetime',
    name: 'Lifetime',
    price: 24_900,
    per: 'once',
    note: 'Every future version included.',
    button: 'Buy lifetime',
  },
]

export const findPlan = (id: string) => plans.find((plan) => plan.id === id)

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' })

/** 900 becomes `$9`, 950 becomes `$9.50`. */
export const formatPrice = (cents: number) => dollars.format(cents / 100)
