/**
 * The height kept from the first moment until all is drawn, that of the skeleton: in one narrow column, in one, in two;
 * with a mouse, and with a finger.
 */
const rules = (open: number, door: number) => `.room{min-height:${open}px}.door-room{min-height:${door}px}`

export const roomCss = `${rules(2211, 374)}
@container refgrow (min-width:336px){${rules(2148, 374)}}
@container refgrow (min-width:560px){${rules(1324, 200)}}
@media (pointer:coarse){
${rules(2251, 398)}
@container refgrow (min-width:336px){${rules(2196, 398)}}
@container refgrow (min-width:560px){${rules(1348, 220)}}
}
`
