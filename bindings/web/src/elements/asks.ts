/** TODO(merge): the client's views of stars, rankings, points and taste. */
import type { TasteClient } from "../client.ts";
import type { MeView, PointsView, RankingView, StarsView } from "../types.ts";

export type Views = TasteClient & { stars: StarsView; ranking: RankingView; points: PointsView; me: MeView; resetTaste(): Promise<void> };
