/* Every component of the house, by the name that markup uses: x-data="rowPicker". A new one is a file and a line here. */
import chart from "./chart.js"
import combobox from "./combobox.js"
import copy from "./copy.js"
import dialog from "./dialog.js"
import drawer from "./drawer.js"
import entry from "./entry.js"
import gridKeys from "./gridKeys.js"
import jsonCheck from "./jsonCheck.js"
import lateCount from "./lateCount.js"
import listRows from "./listRows.js"
import menu from "./menu.js"
import nav from "./nav.js"
import otp from "./otp.js"
import palette from "./palette.js"
import polling from "./polling.js"
import refreshing from "./refreshing.js"
import rowPicker from "./rowPicker.js"
import shortcuts from "./shortcuts.js"
import theme from "./theme.js"
import toasts from "./toast.js"
import unsaved from "./unsaved.js"
import waiting from "./waiting.js"

export const components = {
  chart,
  combobox,
  copy,
  dialog,
  drawer,
  entry,
  gridKeys,
  jsonCheck,
  lateCount,
  listRows,
  menu,
  nav,
  otp,
  palette,
  polling,
  refreshing,
  rowPicker,
  shortcuts,
  theme,
  toasts,
  unsaved,
  waiting,
}
