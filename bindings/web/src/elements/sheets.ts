/** Style sheets that several widgets share: one module, so that a page has each once. */
import mediaSheet from "./media.css";
import questionSheet from "./question.css";

/** How content is shown. */
export const media: string = mediaSheet;
/** How a question is asked. */
export const question: string = questionSheet;
