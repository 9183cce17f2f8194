//! The page of a report in a real browser. Without Chromium on the machine the tests say so and prove nothing; with
//! `WORMSIM_BROWSER=required` they fail then.
#![cfg(unix)]

mod devtools;

use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use devtools::Browser;
use serde_json::{Value, json};
use tempfile::TempDir;

fn browser() -> Option<Browser> {
    let browser = Browser::start();
    if browser.is_none() {
        let required = std::env::var_os("WORMSIM_BROWSER").is_some_and(|value| value == "required");
        assert!(!required, "WORMSIM_BROWSER=required, and there is no Chromium");
        eprintln!("no Chromium found: the page is not tested");
    }
    browser
}

fn wormsim(arguments: &[&str]) {
    let status = Command::new(cargo_bin!("wormsim")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).status();
    assert!(status.unwrap().success(), "{arguments:?}");
}

/// Runs a scenario with and without wormholes and reports on the runs; the page.
fn report(folder: &Path, scenario: &str, ticks: &str) -> PathBuf {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (with, without, out) = (path("with"), path("without"), path("report"));
    let run = ["run", scenario, "--quiet", "--ticks", ticks, "--out"];
    wormsim(&[&run[..], &[&with]].concat());
    wormsim(&[&run[..], &[&without, "--set", "wormholes.enabled=false"]].concat());
    wormsim(&["report", "--quiet", &with, &without, "--out", &out]);
    folder.join("report/report.html")
}

/// Draws all charts by scrolling through the page.
const SCROLL: &str = "(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += 300) {
        scrollTo({ top: y, behavior: 'instant' });
        await new Promise((done) => setTimeout(done, 40));
    }
})()";

#[test]
fn the_page_works_without_a_network_on_a_desk_and_on_a_phone() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let page = report(folder.path(), "scenarios/nsfnet-hotspot.json", "8000");
    browser.emulate("screen", "light");
    for width in [1280, 390] {
        browser.open(&page, width);
        browser.evaluate(SCROLL);
        let charts = "document.querySelectorAll('figure.plot > .chart').length";
        browser.wait_for(&format!("document.querySelectorAll('.chart canvas').length >= {charts}"));
        assert!(browser.evaluate(charts).as_u64().unwrap() >= 8);
        assert_eq!(
            browser.evaluate("document.documentElement.scrollWidth"),
            width,
            "the page is wider than its screen"
        );
    }
    assert_eq!(browser.complaints(), [""; 0]);
}

/// Texts that stick out of the screen, or out of the drawing that they stand in. What scrolls within itself may.
const CLIPPED: &str = "(() => {
    const shown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
    const out = [];
    const check = (element, box, part = element) => {
        const own = part.getBoundingClientRect();
        if (own.width > 0 && (own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1
            || own.bottom > box.bottom + 1)) out.push(element.tagName + ': ' + element.textContent.slice(0, 60));
    };
    const page = { left: 0, right: document.documentElement.clientWidth, top: -Infinity, bottom: Infinity };
    for (const element of document.querySelectorAll('body *')) {
        if (element.closest('svg, .scroll, pre, script, style, details:not([open])') || !shown(element)) continue;
        for (const node of element.childNodes) {
            if (node.nodeType !== 3 || !node.data.trim()) continue;
            const part = document.createRange();
            part.selectNodeContents(node);
            const hides = getComputedStyle(element).overflowX === 'hidden';
            check(element, hides ? element.getBoundingClientRect() : page, part);
        }
    }
    for (const text of document.querySelectorAll('svg.map text')) {
        if (shown(text)) check(text, text.closest('.map').getBoundingClientRect());
    }
    return out;
})()";

/// Texts with a contrast of less than 4.5:1 (WCAG 2.2), by how the guidelines compute it.
const FAINT: &str = "(() => {
    const parse = (color) => (color.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const light = (color) => {
        const [r, g, b] = color.slice(0, 3).map((c) => c / 255).map((c) =>
            c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = parse(getComputedStyle(at).backgroundColor);
            if (color.length < 4 || color[3] > 0) return color;
        }
    };
    const found = new Set();
    for (const element of document.querySelectorAll('body *')) {
        if (element.closest('script, style, .still')) continue;
        if (element.getClientRects().length === 0) continue;
        if (!Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim())) continue;
        const style = getComputedStyle(element);
        const below = paper(element);
        const ink = parse(element.closest('svg') ? style.fill : style.color);
        let alpha = ink.length > 3 ? ink[3] : 1;
        for (let at = element; at; at = at.parentElement) alpha *= Number(getComputedStyle(at).opacity);
        const mixed = ink.slice(0, 3).map((c, i) => c * alpha + below[i] * (1 - alpha));
        const [a, b] = [light(mixed), light(below)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) found.add(ratio.toFixed(2) + ' ' + element.textContent.slice(0, 40));
    }
    return [...found];
})()";

/// Headings whose tables are not in their order after they are clicked: the greatest first, then the least.
const UNSORTED: &str = "(() => {
    const wrong = [];
    for (const button of document.querySelectorAll('th[aria-sort] button')) {
        const header = button.parentElement, table = header.closest('table');
        for (let click = 0; click < 2; click += 1) {
            button.click();
            const falling = header.getAttribute('aria-sort') === 'descending';
            const cells = Array.from(table.tBodies[0].rows, (row) => row.cells[header.cellIndex]);
            const keys = cells.map((cell) => cell.dataset.key === undefined ? cell.textContent.trim()
                : Number(cell.dataset.key));
            const order = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b
                : String(a).localeCompare(String(b), 'en', { numeric: true });
            const sorted = keys.every((key, i) => i === 0 || order(keys[i - 1], key) * (falling ? -1 : 1) <= 0);
            if (!sorted) wrong.push(header.textContent + ': ' + keys.slice(0, 5));
        }
    }
    return wrong;
})()";

#[test]
fn a_comparison_is_whole_and_legible_on_a_desk_and_on_a_phone() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("compared");
    let compare = ["compare", "scenarios/nsfnet-hotspot.json", "--quiet", "--ticks", "3000", "--replications", "2"];
    wormsim(&[&compare[..], &["--no-bound", "--no-break-even", "--out", out.to_str().unwrap()]].concat());
    let page = out.join("report/report.html");
    let nothing = json!([]);
    for (width, scheme) in [(1400, "light"), (390, "dark"), (390, "light"), (1400, "dark")] {
        browser.emulate("screen", scheme);
        browser.open(&page, width);
        browser.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
        browser.evaluate(SCROLL);
        let charts = "document.querySelectorAll('figure.plot > .chart').length";
        browser.wait_for(&format!("document.querySelectorAll('.chart canvas').length >= {charts}"));
        assert_eq!(browser.evaluate("document.documentElement.scrollWidth"), width, "scrolls sideways");
        assert_eq!(browser.evaluate(CLIPPED), nothing, "clipped at {width} px, {scheme}");
        assert_eq!(browser.evaluate(FAINT), nothing, "faint at {width} px, {scheme}");
    }
    // The arms are a table that needs no scrolling, and cards on a phone.
    let fits = "(() => { const box = document.querySelector('.scroll.cards');
        return box.scrollWidth <= box.clientWidth; })()";
    assert_eq!(browser.evaluate(fits), true);
    assert_eq!(browser.evaluate(UNSORTED), nothing);
    browser.open(&page, 390);
    assert_eq!(browser.evaluate(fits), true);
    assert_eq!(browser.complaints(), [""; 0]);
    // A page that is not so is found.
    let bad =
        "<p style=\"color:#777;white-space:nowrap\">this paragraph is grey, and longer than the screen of a phone</p>";
    browser.evaluate(&format!("document.body.insertAdjacentHTML('beforeend', '{bad}')"));
    for check in [CLIPPED, FAINT] {
        assert!(browser.evaluate(check)[0].as_str().unwrap().contains("this paragraph"));
    }
}

/// Middle of the plotting area of a chart in the window, after it was scrolled there and drawn, and its extent.
fn plotting_area(browser: &mut Browser, figure: &str) -> [f64; 4] {
    let over = format!("document.querySelector('#{figure} .u-over')");
    browser.evaluate(&format!("document.querySelector('#{figure}').scrollIntoView({{ behavior: 'instant' }})"));
    browser.wait_for(&format!("{over} !== null && {over}.clientWidth > 0"));
    let place = browser.evaluate(&format!(
        "(() => {{ const box = {over}.getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2, box.width, box.height]; }})()"
    ));
    serde_json::from_value(place).unwrap()
}

#[test]
fn charts_zoom_tell_their_values_and_hide_series() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let page = report(folder.path(), "scenarios/nsfnet-hotspot.json", "8000");
    browser.open(&page, 1280);
    let [x, y, width, height] = plotting_area(&mut browser, "time-latency");
    let tip = "document.querySelector('#time-latency .tip').innerText";
    let shown = "getComputedStyle(document.querySelector('#time-latency .tip')).display";
    let picture = "document.querySelector('#time-latency .chart canvas').toDataURL()";
    let zoomed = "!document.querySelector('#time-latency .reset').hidden";
    let mouse = |browser: &mut Browser, kind: &str, x: f64, y: f64, clicks: u32| {
        let button = if kind == "mouseMoved" && clicks == 0 { "none" } else { "left" };
        let event = json!({"type": kind, "x": x, "y": y, "button": button, "buttons": u32::from(button == "left"),
            "clickCount": clicks});
        browser.call("Input.dispatchMouseEvent", event);
    };
    // Pointed at, the chart tells the tick and the values of both runs.
    mouse(&mut browser, "mouseMoved", x - 40.0, y, 0);
    mouse(&mut browser, "mouseMoved", x, y, 0);
    browser.wait_for(&format!("{shown} === 'block'"));
    let said = browser.evaluate(tip);
    let lines: Vec<&str> = said.as_str().unwrap().lines().collect();
    assert!(lines.len() >= 3 && lines[0].starts_with("time (ticks): 3,9"), "{lines:?}");
    assert!(lines[1].starts_with("with ") && lines[2].starts_with("without "), "{lines:?}");
    // A drag zooms, and a double click shows all again.
    let whole = browser.evaluate(picture);
    assert_eq!(browser.evaluate(zoomed), false);
    mouse(&mut browser, "mousePressed", x, y, 1);
    mouse(&mut browser, "mouseMoved", x + width / 8.0, y + height / 8.0, 1);
    mouse(&mut browser, "mouseMoved", x + width / 4.0, y + height / 4.0, 1);
    mouse(&mut browser, "mouseReleased", x + width / 4.0, y + height / 4.0, 1);
    browser.wait_for(zoomed);
    assert_ne!(browser.evaluate(picture), whole);
    for clicks in [1, 2] {
        mouse(&mut browser, "mousePressed", x, y, clicks);
        mouse(&mut browser, "mouseReleased", x, y, clicks);
    }
    browser.wait_for(&format!("!({zoomed})"));
    browser.wait_for(&format!("{picture} === {whole}"));
    // The same by keys: zoom, all again, and point by point, which is spoken.
    browser.evaluate("document.querySelector('#time-latency .chart').focus()");
    browser.press("+", 187);
    browser.wait_for(zoomed);
    browser.press("Escape", 27);
    browser.wait_for(&format!("!({zoomed})"));
    browser.press("ArrowRight", 39);
    browser.press("ArrowRight", 39);
    let spoken = browser.evaluate("document.querySelector('#time-latency .spoken').textContent");
    assert!(spoken.as_str().unwrap().starts_with("time (ticks): 199; with "), "{spoken}");
    // An entry of the legend hides its series.
    let entry = "document.querySelector('#time-latency .key button')";
    browser.evaluate(&format!("{entry}.click()"));
    assert_eq!(browser.evaluate(&format!("{entry}.getAttribute('aria-pressed')")), "false");
    browser.wait_for(&format!("{picture} !== {whole}"));
    browser.evaluate(&format!("{entry}.click()"));
    browser.wait_for(&format!("{picture} === {whole}"));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn the_slider_moves_the_map_by_key_and_the_button_plays() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let page = report(folder.path(), "scenarios/nsfnet-hotspot.json", "8000");
    browser.open(&page, 1280);
    let open = "document.querySelectorAll('.replay path.hole:not(.off)').length";
    let said = "document.querySelector('.replay output').textContent";
    assert!(browser.evaluate(open).as_u64().unwrap() > 0);
    assert!(browser.evaluate(said).as_str().unwrap().starts_with("tick 7,999 · "));

    browser.evaluate("document.querySelector('.replay input').focus()");
    browser.press("Home", 36);
    assert_eq!(browser.evaluate(open), 0, "no wormhole is open at the start");
    assert_eq!(browser.evaluate(said), "tick 0 · 0 open");
    let path = "document.querySelector('.replay svg.map').innerHTML";
    let start = browser.evaluate(path);
    (0..60).for_each(|_| browser.press("ArrowRight", 39));
    assert_ne!(browser.evaluate(path), start);
    // 60 of 199 steps over 7,999 ticks.
    assert!(browser.evaluate(said).as_str().unwrap().starts_with(&format!("tick {} · ", "2,411")));

    browser.evaluate("document.querySelector('.replay .play').click()");
    browser.wait_for("Number(document.querySelector('.replay input').value) > 62");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_header_sorts_its_table_by_pointer_and_by_key() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let page = report(folder.path(), "scenarios/nsfnet-hotspot.json", "8000");
    browser.open(&page, 1280);
    let header = "[...document.querySelectorAll('#wormholes th')].find((th) => th.textContent.trim() === 'carried')";
    let keys = format!(
        "[...document.querySelectorAll('#wormholes tbody tr')]\
         .map((row) => Number(row.cells[{header}.cellIndex].dataset.key))"
    );
    let sort = format!("{header}.getAttribute('aria-sort')");
    let numbers = |value: Value| -> Vec<f64> { serde_json::from_value(value).unwrap() };
    let before = numbers(browser.evaluate(&keys));
    let mut falling = before.clone();
    falling.sort_by(|a, b| b.total_cmp(a));
    assert!(before.len() > 3 && before != falling, "sorted already: {before:?}");

    browser.evaluate(&format!("{header}.querySelector('button').click()"));
    assert_eq!(numbers(browser.evaluate(&keys)), falling);
    assert_eq!(browser.evaluate(&sort), "descending");

    browser.evaluate(&format!("{header}.querySelector('button').focus()"));
    let enter = json!({"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
    browser.call("Input.dispatchKeyEvent", enter);
    falling.reverse();
    assert_eq!(numbers(browser.evaluate(&keys)), falling);
    assert_eq!(browser.evaluate(&sort), "ascending");
}

#[test]
fn dark_schemes_are_dark_and_print_is_still_and_light() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let page = report(folder.path(), "scenarios/nsfnet-hotspot.json", "3000");
    let brightness =
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b)";
    let picture = "document.querySelector('.chart canvas').toDataURL()";
    let shown = |what: &str| format!("getComputedStyle(document.querySelector('{what}')).display !== 'none'");
    browser.emulate("screen", "light");
    browser.open(&page, 1280);
    browser.evaluate(SCROLL);
    browser.wait_for("document.querySelector('.chart canvas') !== null");
    assert!(browser.evaluate(brightness).as_u64().unwrap() > 700);
    let light = browser.evaluate(picture);
    browser.emulate("screen", "dark");
    browser.wait_for(&format!("{brightness} < 120"));
    browser.wait_for(&format!("{picture} !== {light}"));
    assert_eq!(browser.evaluate(&shown(".still")), false);

    browser.emulate("print", "dark");
    assert_eq!(browser.evaluate(brightness), 3 * 255);
    let all = [(".still", true), (".plot figcaption", true), (".key", false), (".unprinted", false)];
    for (what, is_shown) in all.into_iter().chain([(".chart", false), (".controls input", false), ("nav", false)]) {
        assert_eq!(browser.evaluate(&shown(what)), is_shown, "{what}");
    }
    assert_eq!(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, "print is cut");
    // What is folded on the screen is unfolded on paper, and folded again.
    let folded = "document.querySelectorAll('details:not([open])').length";
    let before = browser.evaluate(folded);
    browser.evaluate("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(browser.evaluate(folded), 0);
    browser.evaluate("dispatchEvent(new Event('afterprint'))");
    assert_eq!(browser.evaluate(folded), before);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn names_from_files_are_text_and_nothing_else() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let names =
        ["<script>window.bad=1</script>", "</script><script>window.bad=2</script>", "<img src=x onerror=window.bad=3>"];
    let scenario = json!({
        "version": 1, "name": "names", "intent": format!("Are {} text?", names.join(" and ")), "seed": 1, "ticks": 3000,
        "topology": {
            "nodes": names.map(|name| json!({"id": name})),
            "links": [{"ends": [names[0], names[1]], "latency_ticks": 5},
                {"ends": [names[1], names[2]], "latency_ticks": 9}],
        },
        "workloads": [{"kind": "uniform", "accesses_per_tick": 0.2}],
        "physics": {"wormhole": {"upkeep_per_tick": 0.1, "opening_cost": 10.0}, "gravity": {"min_pull": 1.0}},
        "events": [{"tick": 1500, "fail_node": names[1]}, {"tick": 2000, "restore_node": names[1]}],
    });
    let file = folder.path().join("names.json");
    std::fs::write(&file, scenario.to_string()).unwrap();
    let page = report(folder.path(), file.to_str().unwrap(), "3000");
    browser.open(&page, 1280);
    browser.evaluate(SCROLL);
    browser.wait_for("document.querySelectorAll('.chart canvas').length > 4");
    assert_eq!(browser.evaluate("window.bad === undefined"), true);
    assert_eq!(browser.evaluate("document.querySelectorAll('img').length"), 0);
    let intent = browser.evaluate("document.querySelector('.intent').textContent");
    assert_eq!(intent.as_str().unwrap(), format!("Are {} text?", names.join(" and ")));
    let places = browser.evaluate("document.querySelector('#load tbody').textContent");
    assert!(names.iter().all(|name| places.as_str().unwrap().contains(name)), "{places}");
    assert_eq!(browser.complaints(), [""; 0]);
}
