/**
 * How many digits after the point a currency's minor unit stands for, by ISO 4217: JPY 0, USD 2, KWD 3. The one table: amounts
 * are stored, calculated and written by it, in the widget too. Never from Intl, which knows how many digits people write
 * (HUF, IDR and fifteen others: none) and so made "HUF 20,000" of 200 forint. No import, because the widget carries it.
 */
const EXPONENTS = new Map(
  ['BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF', '', '', 'BHD IQD JOD KWD LYD OMR TND'].flatMap(
    (codes, exponent) => codes.split(' ').map((code) => [code, exponent] as const),
  ),
)

export const exponentOf = (currency: string): number => EXPONENTS.get(currency) ?? 2
