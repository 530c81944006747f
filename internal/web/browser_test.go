package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/web/webtest"
	"github.com/stage6/stage6/stage"
)

// logIn logs in with a token, by keyboard.
func logIn(b *webtest.Browser, token string) {
	b.Tab("#token")
	b.Type(token + kb.Enter)
}

func TestWithAReadersTokenThePageChangesNothing(t *testing.T) {
	t.Parallel()
	network := network()
	b := webtest.Open(t)
	page := overTLS(t, network)
	b.Go(page)
	b.AwaitText("h1", "Log in")
	logIn(b, "wrong")
	b.AwaitText(".wrong", "that is no API token")
	logIn(b, "reader")
	b.AwaitLive()
	b.AwaitText("#may", "read-only")
	b.Go(page + "/web/#/machine/web01")
	b.AwaitText("h1", "web01")
	b.AwaitText(".lease", "2001:db8:10::101")
	if b.Is(`document.querySelector('.actions button, .lease button')`) {
		t.Error("there is something to change")
	}
	if b.Is(`location.href.includes('reader') || document.cookie || localStorage.length`) {
		t.Error("the token is where others find it")
	}
	b.Tab("#account")
	b.Type(kb.Enter)
	b.AwaitText("h1", "Log in")
	if b.Is(`sessionStorage.length`) {
		t.Error("the token is still there")
	}
}

func TestAnAdministratorSetsStatesAndReleasesLeasesByKeyboard(t *testing.T) {
	t.Parallel()
	network := network()
	network.hosts = append(network.hosts, api.Host{Name: "zlocked", Interfaces: []api.HostInterface{}})
	b := webtest.Open(t)
	page := overTLS(t, network)
	b.Go(page)
	b.AwaitText("h1", "Log in")
	logIn(b, "admin")
	b.AwaitLive()

	b.Type("/web01")
	b.Await(`document.querySelectorAll('a.row').length === 1`)
	b.Type(kb.Enter)
	b.AwaitText("h1", "web01")
	b.Tab(".actions button")
	b.Type(kb.Enter)
	b.AwaitText("dialog h2", "Deploy web01?")
	b.Picture("confirm")
	b.Type(kb.Enter) // that is Cancel
	b.Await(`!document.querySelector('dialog')`)
	if changes := network.told(); len(changes) > 0 {
		t.Fatalf("without a confirmation: %q", changes)
	}
	b.Type(kb.Enter) // where the focus was
	b.AwaitText("dialog h2", "Deploy web01?")
	b.Tab("dialog .yes")
	b.Type(kb.Enter)
	b.AwaitText(".title .state", "deploy")
	b.AwaitText("#said", "web01 is deploy")

	b.Tab(".lease button")
	b.Type(kb.Enter)
	b.AwaitText("dialog h2", "Release 2001:db8:10::101?")
	b.Tab("dialog .yes")
	b.Type(kb.Enter)
	b.Await(`![...document.querySelectorAll('.lease')].some((e) => e.textContent.includes('2001:db8:10::101'))`)
	if want, got := []string{"web01 deploy", "release 2001:db8:10::101/128"}, network.told(); !slices.Equal(want, got) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestThePageIsUsedByKeyboard(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t)
	b.Go(onSocket(t, network()))
	b.AwaitLive()
	b.Tab(".skip")
	b.Picture("skip")
	b.Type(kb.Enter)
	b.Await(`document.activeElement.id === 'content'`)
	b.Await(`document.querySelectorAll('a.row').length > 1`)
	b.Type("j")
	b.Await(`document.activeElement === document.querySelectorAll('a.row')[0]`)
	b.Type("j")
	b.Await(`document.activeElement === document.querySelectorAll('a.row')[1]`)
	if !b.Is(`getComputedStyle(document.activeElement).outlineStyle !== 'none' && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2`) {
		t.Error("the focus cannot be seen")
	}
	name := b.Text(`document.activeElement.querySelector('.name').textContent`)
	b.Type(kb.Enter)
	b.AwaitText("h1", name)
	b.Type(kb.Escape)
	b.AwaitText("h1", "Machines")
	b.Type("2")
	b.AwaitText(".recent", "no space left on device")
	b.AwaitText(".timeline .refused", "2001:db8:10::107 is held by web05 until 14:20")
	b.Type("3")
	b.AwaitText(".pool", "guests")
	b.AwaitText(".legend b", "≈ 2⁶⁴")
	b.Type("?")
	b.AwaitText("dialog h2", "Keys")
	b.Picture("keys")
	b.Type(kb.Escape)
	b.Await(`!document.querySelector('dialog')`)
	b.Type("/rhel web1")
	b.Await(`location.hash === '#/' && document.querySelectorAll('a.row').length === 10`)
	b.AwaitText("#said", "10 machines found")
	b.Type(kb.Escape)
	b.Await(`document.querySelectorAll('a.row').length === 41`)
}

func TestWhatClientsSayDoesNotRun(t *testing.T) {
	t.Parallel()
	const evil = `<img src=x onerror=alert(1)><script>alert(2)</script>"'>javascript:alert(3)`
	network := newBackend()
	h := hostOf(1, host.Deploy)
	h.Name, h.Hostname, h.Tags, h.Source = evil, evil, []string{evil}, evil
	network.hosts = []api.Host{h}
	network.trouble = []string{evil}
	network.links = api.LinkList{Links: []api.Link{{Name: evil, Problems: []api.LinkProblem{{Name: evil, Text: evil}}}}, Servers: []api.OtherServer{{DUID: ident.DUID(evil), Link: evil}}}
	network.pools = []api.Pool{pool(evil, "2001:db8::/64", 0, 3)}
	network.explain = api.Explanations{Host: evil, Hints: []api.Hint{{Cause: evil, Text: evil, Do: evil}}, Exchanges: []api.Explanation{{
		Seq: 1, Time: began, Summary: evil, Message: evil, Drop: evil, DropText: evil,
		Client: api.ExplainedClient{Program: evil, Archs: []string{evil}, UserClasses: []string{evil}, VendorClasses: []string{evil}},
		Way:    api.ExplainedWay{Interface: evil, Relays: []api.ExplainedRelay{{InterfaceID: evil, RemoteID: evil}}},
		Link:   api.ExplainedLink{Name: evil, Why: evil}, Identity: []api.Statement{{Source: evil, Says: evil, Why: evil}},
		Host: &api.ExplainedHost{Name: evil, Why: evil}, Tags: []api.ExplainedTag{{Tag: evil, By: evil}},
		IAs: []api.ExplainedIA{{Type: evil, Status: evil, Text: evil}}, Options: []api.ExplainedOption{{Name: evil, Value: evil, By: evil, Why: evil}},
		Steps: []api.ExplainedStep{{Name: evil, Did: evil, Notes: []string{evil}}}, Skipped: []string{evil},
	}}}
	network.tell(event.Event{Kind: event.Denied, Host: evil, Link: evil, Source: evil, Other: evil, Reason: evil, Text: evil, Stage: stage.Final},
		event.Event{Kind: event.Seen, DUID: ident.DUID(evil), Text: evil})
	b := webtest.Open(t)
	page := onSocket(t, network)
	b.Go(page)
	b.AwaitLive()
	b.AwaitText("a.row .name", "<script>")
	b.Type("j")
	b.Type(kb.Enter)
	b.AwaitText("h1", "<script>")
	b.AwaitText("summary", "<script>")
	b.Tab("summary")
	b.Type(kb.Enter)
	b.AwaitText("details li", "onerror")
	b.Go(page + "/web/#/trouble")
	b.AwaitText(".recent", "onerror")
	b.AwaitText(".timeline", "onerror")
	b.Go(page + "/web/#/pools")
	b.AwaitText(".pool h2", "onerror")
	network.forget() // else it says that this is the host that it knows
	b.Go(page + "/web/#/machine/" + "%3Cimg%20src=x%20onerror=alert(4)%3E")
	b.AwaitText("h1", "alert(4)")
	if b.Is(`document.querySelector('main img, main script, main a[href^="javascript"]')`) {
		t.Error("what a client says became HTML")
	}
	if n := b.Dialogs(); n > 0 {
		t.Errorf("%d scripts ran", n)
	}
}

func TestFiveThousandMachinesDoNotFreezeThePage(t *testing.T) {
	t.Parallel()
	network := newBackend()
	for n := range 5000 {
		h := hostOf(n, host.Installed)
		h.Name = fmt.Sprintf("node%04d", n)
		network.hosts = append(network.hosts, h)
	}
	b := webtest.Open(t)
	b.Go(onSocket(t, network))
	b.AwaitLive()
	b.AwaitText("[data-group=silent] b", "5,000")
	if !b.Is(`document.querySelectorAll('a.row').length === 100`) {
		t.Error("not a page of machines is shown")
	}
	var events []event.Event
	for n := range 5000 {
		events = append(events, event.Event{Kind: event.StageChanged, Host: fmt.Sprintf("node%04d", n), Stage: stage.Installer, Link: "prov0"})
	}
	network.tell(events...)
	b.AwaitText("[data-group=installer] b", "5,000")
	b.Type("n")
	b.AwaitText(".pages span", "101–200 of 5,000")
	b.Picture("many")
	b.Type("/node0042")
	b.Await(`document.querySelectorAll('a.row').length === 1`)
}

// wide finds what is wider than the page.
const wide = `[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 0.5 && !e.closest('.unseen')).map((e) => e.className || e.tagName).join(' ')`

// pale finds texts that have too little contrast with what is behind them, as
// WCAG computes it.
const pale = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((n, v, i) => n + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } throw new Error('nothing is behind it'); };
  const out = [];
  let looked = 0;
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('.unseen, .skip, :disabled')) continue;
    looked++;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) out.push((e.className || e.tagName) + ' ' + e.textContent.slice(0, 30) + ' ' + ((a + 0.05) / (b + 0.05)).toFixed(2));
  }
  return looked > 10 ? out.join('; ') : 'only ' + looked + ' texts';
})()`

func TestEveryViewIsLegibleLightAndDarkWideAndNarrow(t *testing.T) {
	t.Parallel()
	network := network()
	network.explain = api.Explanations{
		Host:  "web07",
		Hints: []api.Hint{{Cause: "held", Text: "2001:db8:10::107 is held by web05 until 14:20", Do: "wait until then, or release it: stage6 leases release 2001:db8:10::107"}},
		Exchanges: []api.Explanation{{
			Seq: 9, Time: began, Summary: "solicit from UEFI PXE: advertise, no address", Message: "solicit", Reply: "advertise",
			Client: api.ExplainedClient{Program: "UEFI PXE", DUID: "\x00\x04\x4c\x4c\x45\x44\x00\x42\x48\x10\x80\x51\xb4\xc0\x4f\x33\x33\x31", Archs: []string{"x86-64 UEFI"}, Requests: []uint16{23, 24, 59}},
			Link:   api.ExplainedLink{Name: "prov0", Why: "the link-address of the relay"}, Stage: api.ExplainedStage{Stage: "firmware", By: "stage"},
			IAs:     []api.ExplainedIA{{Type: "IA_NA", IAID: 7, Status: "NoAddrsAvail", Text: "held by another machine", By: "final"}},
			Options: []api.ExplainedOption{{Code: 23, Name: "dns_servers", Value: "2001:db8::53", By: "dns", Sent: true}, {Code: 59, Name: "bootfile_url", By: "boot", Why: "the client did not ask for it"}},
		}, {Seq: 10, Time: began, Summary: "solicit: dropped", Message: "solicit", Drop: "no-link", DropText: "the server knows no link where the client is"}},
	}
	b := webtest.Open(t)
	page := onSocket(t, network)
	views := map[string]string{"machines": "#/", "trouble": "#/trouble", "pools": "#/pools", "machine": "#/machine/web07"}
	shown := map[string]string{"machines": "a.row", "trouble": ".timeline li", "pools": ".legend b", "machine": "summary"}
	b.Go(page)
	b.AwaitLive()
	for name, hash := range views {
		b.Go(page + "/web/" + hash)
		b.Await(fmt.Sprintf(`document.querySelector(%q)`, shown[name]))
		b.Is(`document.querySelector('details')?.setAttribute('open', '')`)
		for _, scheme := range []string{"light", "dark"} {
			b.Scheme(scheme)
			for _, width := range []int64{320, 768, 1280} {
				b.Width(width)
				where := fmt.Sprintf("%s %s %d", name, scheme, width)
				b.Picture(where)
				if b.Is(`document.documentElement.scrollWidth > innerWidth`) {
					t.Errorf("%s scrolls sideways: %s", where, b.Text(wide))
				}
				if bad := b.Text(pale); bad != "" {
					t.Errorf("%s is hard to read: %s", where, bad)
				}
			}
		}
	}
}

func TestThePageHasNothingOfOtherSites(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t)
	page := onSocket(t, network())
	b.Go(page)
	b.AwaitLive()
	for url := range strings.FieldsSeq(b.Text(`performance.getEntriesByType('resource').map((e) => e.name).join(' ')`)) {
		if !strings.HasPrefix(url, page) {
			t.Errorf("it loads %s", url)
		}
	}
}

// TestATabThatNobodyLooksAtLetsGoOfItsStream since browsers have six connections
// to a server for all tabs. The minute of patience passes at once.
func TestATabThatNobodyLooksAtLetsGoOfItsStream(t *testing.T) {
	t.Parallel()
	network := network()
	b := webtest.Open(t)
	b.Go(onSocket(t, network))
	b.AwaitLive()
	const looked = `(() => {
	  Object.defineProperty(document, 'hidden', { value: %v, configurable: true });
	  const later = window.setTimeout;
	  window.setTimeout = (f, ms) => later(f, ms === 60000 ? 0 : ms);
	  document.dispatchEvent(new Event('visibilitychange'));
	  window.setTimeout = later;
	})()`
	b.Is(fmt.Sprintf(looked, true))
	b.AwaitText("#connected", "paused")
	network.tell(event.Event{Kind: event.StageChanged, Host: "web05", Stage: stage.Loader, Link: "prov0"})
	b.Is(fmt.Sprintf(looked, false))
	b.AwaitLive()
	b.Await(`[...document.querySelectorAll('[data-stage=loader] .name')].some((e) => e.textContent === 'web05')`)
}
