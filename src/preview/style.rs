//! How the page looks: near the clients, with the fonts of the machine.

pub(super) const STYLE: &str = "\
* { box-sizing: border-box; }
body { margin: 24px; background: #fff; color: #1f2329; font: 15px/1.55 -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', Roboto, 'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans SC', 'Noto Color Emoji', sans-serif; }
.title { margin: 0 0 16px; font-size: 20px; font-weight: bold; }
main { display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start; }
.client { width: 380px; border: 1px solid #d8dbe0; border-radius: 14px; overflow: hidden; }
.client.email { width: 720px; }
.screens { display: flex; gap: 24px; align-items: flex-start; width: 100%; }
.screens iframe { border: 1px solid #d8dbe0; }
.caption { padding: 9px 14px; background: #fff; border-bottom: 1px solid #e5e6eb; font-size: 14px; font-weight: bold; text-align: center; }
.list { display: grid; grid-template-columns: 40px 1fr; column-gap: 10px; padding: 9px 14px; background: #fff; border-bottom: 1px solid #e5e6eb; }
.list .face { grid-row: 1 / 3; }
.list .name { font-size: 15px; line-height: 20px; color: #1f2329; }
.preview { overflow: hidden; color: #8f959e; font-size: 13px; line-height: 20px; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; }
.face { display: block; width: 40px; height: 40px; border-radius: 8px; background: #5b6ee1; color: #fff; font-size: 16px; font-weight: bold; line-height: 38px; text-align: center; }
.screen { padding: 14px 12px 18px; background: #f0f1f4; }
.turn { display: flex; gap: 8px; margin-top: 14px; }
.turn:first-child { margin-top: 0; }
.turn .face { flex: none; width: 36px; height: 36px; font-size: 14px; line-height: 34px; }
.said { flex: 1; min-width: 0; }
.said .name { margin-bottom: 3px; color: #8f959e; font-size: 12px; line-height: 16px; }
.bubble { width: fit-content; max-width: 100%; padding: 10px 12px; background: #fff; border-radius: 3px 10px 10px 10px; overflow-wrap: anywhere; unicode-bidi: isolate; }
.bubble.text, .part.text { white-space: pre-wrap; }
.bubble a { color: #1677ff; text-decoration: none; }
.at { color: #1677ff; }
.fault { margin-left: 4px; padding: 1px 5px; border: 1px dashed #d4380d; border-radius: 3px; background: #fff1f0; color: #d4380d; font-size: 12px; }
.written { white-space: pre-wrap; }
.picture { display: block; padding: 28px 12px; border-radius: 6px; background: #e5e6eb; text-align: center; }
.json pre { margin: 0; background: none; padding: 0; font-size: 12px; }
.markdown p, .markdown ul, .markdown ol, .markdown pre, .markdown table, .markdown blockquote { margin: 0 0 8px; }
.markdown h1, .markdown h2, .markdown h3, .markdown h4, .markdown h5, .markdown h6 { margin: 0 0 8px; line-height: 1.35; }
.markdown ul, .markdown ol { padding-left: 22px; }
.markdown li p, .markdown li ul, .markdown li ol { margin: 0; }
.markdown blockquote { padding-left: 10px; border-left: 3px solid #d0d3d9; color: #6b7178; }
.markdown blockquote p:last-child, .markdown p:last-child, .markdown ul:last-child, .markdown ol:last-child { margin-bottom: 0; }
.markdown code { padding: 1px 4px; border-radius: 3px; background: #f2f3f5; font: 13px/1.5 Consolas, Menlo, 'Noto Sans Mono', monospace; }
pre { padding: 9px 10px; border-radius: 6px; background: #f2f3f5; font: 13px/1.5 Consolas, Menlo, 'Noto Sans Mono', monospace; white-space: pre-wrap; }
hr { margin: 10px 0; border: 0; border-top: 1px solid #dee0e3; }
table { border-collapse: collapse; font-size: 14px; }
th, td { padding: 5px 10px; border: 1px solid #dee0e3; text-align: left; }
th { background: #f5f6f7; }
.dingtalk .screen { background: #f2f3f7; }
.dingtalk .face { background: #3296fa; }
.dingtalk h1 { font-size: 22px; }
.dingtalk h2 { font-size: 20px; }
.dingtalk h3 { font-size: 18px; }
.dingtalk h4 { font-size: 16px; }
.dingtalk h5, .dingtalk h6 { font-size: 15px; }
.dingtalk .card { width: 100%; padding: 0; }
.dingtalk .card p, .dingtalk .card h1, .dingtalk .card h2, .dingtalk .card h3, .dingtalk .card h4, .dingtalk .card h5, .dingtalk .card h6, .dingtalk .card blockquote, .dingtalk .card ul, .dingtalk .card ol { margin-left: 14px; margin-right: 14px; }
.dingtalk .card blockquote p { margin: 0; }
.dingtalk .card .written { margin-left: 14px; }
.dingtalk .card { padding-top: 12px; }
.button { margin-top: 12px; padding: 11px; border-top: 1px solid #e5e6eb; text-align: center; }
.wecom .screen { background: #ededed; }
.wecom .face { border-radius: 6px; background: #2b7cd3; }
.wecom .bubble { border-radius: 4px; }
.wecom .bubble a, .wecom .at { color: #2e6bbf; }
.wecom h1 { font-size: 21px; }
.wecom h2 { font-size: 19px; }
.wecom h3 { font-size: 17px; }
.wecom h4, .wecom h5, .wecom h6 { font-size: 15px; }
.lines h1, .lines h2, .lines h3, .lines h4, .lines h5, .lines h6 { margin: 0; line-height: 1.5; }
.lines .empty { height: 12px; }
.quoted { padding-left: 9px; border-left: 3px solid #d5d5d5; color: #7a7a7a; }
.lines code { padding: 0 3px; border-radius: 3px; background: #f2f3f5; color: #c7254e; font: 13px/1.5 Consolas, Menlo, 'Noto Sans Mono', monospace; }
.info { color: #2aae67; }
.comment { color: #8c8c8c; }
.warning { color: #e5703a; }
.notice { width: 100%; }
.notice .main { display: -webkit-box; overflow: hidden; font-size: 17px; font-weight: bold; line-height: 1.4; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.notice .small, .notice .source { color: #8c8c8c; font-size: 13px; }
.notice .emphasis { margin: 8px 0 0; font-size: 26px; font-weight: bold; text-align: center; }
.notice .sub { margin: 8px 0; white-space: pre-wrap; color: #5a5a5a; font-size: 14px; }
.notice .row { display: flex; gap: 12px; font-size: 14px; line-height: 1.75; }
.notice .key { flex: none; width: 5em; overflow: hidden; color: #8c8c8c; text-overflow: ellipsis; white-space: nowrap; }
.notice .value { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.notice .jump { margin: 10px -12px -10px; padding: 9px 12px; border-top: 1px solid #ececec; font-size: 14px; }
.lark .screen { background: #f5f6f7; }
.lark .face { border-radius: 50%; background: #3370ff; }
.lark .bubble { border-radius: 8px; }
.lark .bubble a { color: #245bdb; }
.lark h1 { font-size: 26px; }
.lark h2 { font-size: 22px; }
.lark h3 { font-size: 20px; }
.lark h4 { font-size: 18px; }
.lark h5 { font-size: 17px; }
.lark h6 { font-size: 14px; }
.lark .card { width: 100%; padding: 0; border: 1px solid #dee0e3; overflow: hidden; }
.header { padding: 11px 12px; background: #f2f3f5; font-size: 16px; font-weight: bold; line-height: 1.4; }
.header.blue { background: #e1eaff; color: #245bdb; }
.header.wathet { background: #d9f3fd; color: #027aa5; }
.header.turquoise { background: #d5f6f2; color: #04756a; }
.header.green { background: #d9f5d6; color: #1f7e1b; }
.header.yellow { background: #fdf6cc; color: #9a7400; }
.header.orange { background: #feead2; color: #b35205; }
.header.red { background: #fde2e2; color: #c02a26; }
.header.carmine { background: #fdddef; color: #b4257f; }
.header.violet { background: #f8def8; color: #9b2c9b; }
.header.purple { background: #eae0fb; color: #6425d0; }
.header.indigo { background: #e0e2fa; color: #3a47c4; }
.header.grey { background: #eff0f1; color: #51565d; }
.inside { padding: 12px; }
.part { margin-bottom: 12px; }
.part:last-child { margin-bottom: 0; }
.columns { display: flex; gap: 8px; margin-bottom: 8px; }
.column { flex: 1; min-width: 0; }
.column.two { flex: 2; }
.column.three { flex: 3; }
.column.four { flex: 4; }
.column.five { flex: 5; }
.push { display: inline-block; padding: 5px 14px; border: 1px solid #d0d3d6; border-radius: 6px; font-size: 14px; }
.lark .push a { color: #1f2329; }
.push.primary { border-color: #3370ff; }
.lark .push.primary a { color: #3370ff; }
.push.danger { border-color: #f54a45; }
.lark .push.danger a { color: #f54a45; }
.lark .part .at, .lark .post .at, .lark .text .at { color: #245bdb; }
.badge { padding: 0 5px; border-radius: 4px; background: #e1eaff; color: #245bdb; font-size: 12px; }
.post div { min-height: 23px; white-space: pre-wrap; }
.post .main { margin-bottom: 6px; font-size: 16px; font-weight: bold; }
span.blue { color: #245bdb; }
span.wathet { color: #0b9bd1; }
span.turquoise { color: #0b8f84; }
span.green { color: #2ea121; }
span.yellow { color: #b98a00; }
span.orange { color: #de7802; }
span.red { color: #d83931; }
span.carmine { color: #cc398c; }
span.violet { color: #ad3dad; }
span.purple { color: #7f3bf5; }
span.indigo { color: #4752e6; }
span.grey { color: #8f959e; }
.email .list { display: none; }
.email .screen { padding: 0; background: #fff; }
.email .turn .face, .email .said .name { display: none; }
.head { padding: 14px 18px; border-bottom: 1px solid #e5e6eb; font-size: 13px; }
.head .main { margin-bottom: 6px; font-size: 18px; font-weight: bold; }
.head .key { display: inline-block; width: 48px; color: #8f959e; }
iframe { display: block; width: 100%; border: 0; }
";
