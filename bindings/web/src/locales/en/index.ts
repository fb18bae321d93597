/** All of English in one, for the server and for the test that compares languages. Widgets import their own part. */
import { approve } from "./approve.ts";
import { board } from "./board.ts";
import { common } from "./common.ts";
import { duel } from "./duel.ts";
import { question } from "./question.ts";
import { me } from "./me.ts";
import { media } from "./media.ts";
import { points } from "./points.ts";
import { rank } from "./rank.ts";
import { stars } from "./stars.ts";
import { wallet } from "./wallet.ts";

export const english = { ...common, ...question, ...duel, ...approve, ...board, ...media, ...stars, ...rank, ...points, ...me, ...wallet };
export type English = typeof english;
