// Package webtest has tests look at the page with headless Chromium.
package webtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// ScreenshotVariable is the environment variable that names the directory for
// pictures of the page, for people; empty: none are made.
const ScreenshotVariable = "STAGE6_SCREENSHOTS"

// bound is how long one step may take. It only decides how long a broken test
// takes: browsers are slow where the machine is busy.
const bound = 3 * time.Minute

// Browser is a browser with one tab.
type Browser struct {
	t       testing.TB
	ctx     context.Context
	dialogs int // that a page opened with alert and the like
}

// Open starts a browser for a test. The test skips where there is none.
func Open(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(labtest.Program(t, "chromium")), chromedp.NoSandbox, chromedp.WSURLReadTimeout(bound),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.WindowSize(1280, 860))
	ctx, endAll := chromedp.NewExecAllocator(context.Background(), options...)
	// It would tell of each event of the browser that is newer than chromedp.
	ctx, end := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		end()
		endAll()
		chromedp.FromContext(ctx).Allocator.Wait()
	})
	b := &Browser{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	if err := start(ctx); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	return b
}

// start starts the browser of a context. The kernel ends it with the thread that
// did so (PR_SET_PDEATHSIG), and threads end in tests with namespaces: this one
// stays until the context ends.
func start(ctx context.Context) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- chromedp.Run(ctx)
		<-ctx.Done()
	}()
	return <-started
}

// listen counts dialogs, and writes what goes wrong in scripts into the log.
func (b *Browser) listen(event any) {
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		b.dialogs++
		go func() { _ = chromedp.Run(b.ctx, page.HandleJavaScriptDialog(true)) }()
	case *cdpruntime.EventExceptionThrown:
		b.t.Errorf("the page: %s", e.ExceptionDetails.Error())
	}
}

// Dialogs says how many dialogs the page opened of which it has none.
func (b *Browser) Dialogs() int { return b.dialogs }

// Do does actions, within the bound.
func (b *Browser) Do(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("the browser: %v\nit shows:\n%s", err, b.text())
	}
}

// text gives what the page shows, for a test that fails.
func (b *Browser) text() (out string) {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	_ = chromedp.Run(ctx, chromedp.Evaluate(`document.body?.innerText ?? ""`, &out))
	return out
}

// Go opens an address.
func (b *Browser) Go(url string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(url))
}

// Await waits until an expression of JavaScript is true.
func (b *Browser) Await(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, bound)
	defer cancel()
	poll := chromedp.Poll("!!("+expression+")", nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0))
	err := chromedp.Run(ctx, poll)
	for err != nil && ctx.Err() == nil { // the page is another one meanwhile
		err = chromedp.Run(ctx, chromedp.WaitReady("body"), poll)
	}
	if err != nil {
		b.t.Fatalf("%s never becomes true: %v\nthe page shows:\n%s", expression, err, b.text())
	}
}

// AwaitText waits until an element that a selector finds has a text.
func (b *Browser) AwaitText(selector, text string) {
	b.t.Helper()
	b.Await(fmt.Sprintf("[...document.querySelectorAll(%q)].some((e) => e.checkVisibility() && e.textContent.includes(%q))", selector, text))
}

// AwaitLive waits until the page follows the server.
func (b *Browser) AwaitLive() {
	b.t.Helper()
	b.AwaitText("#connection[data-is=live]", "live")
}

// Type presses keys, as kb names them. As at a real keyboard, and other than
// with chromedp.KeyEvent, a key that the page took types nothing.
func (b *Browser) Type(keys string) {
	b.t.Helper()
	for _, r := range keys {
		events := kb.Encode(r)
		down, up := events[0], events[len(events)-1]
		if len(events) > 2 {
			down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
		}
		b.Do(down, up)
	}
}

// Tab presses the key Tab until the focus is on what a selector finds.
func (b *Browser) Tab(selector string) {
	b.t.Helper()
	for range 60 {
		b.Type(kb.Tab)
		if b.Is(fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
	}
	b.t.Fatalf("Tab does not come to %s\nthe page shows:\n%s", selector, b.text())
}

// Is evaluates an expression of JavaScript.
func (b *Browser) Is(expression string) (value bool) {
	b.t.Helper()
	b.Do(chromedp.Evaluate("!!("+expression+")", &value))
	return value
}

// Text evaluates an expression of JavaScript that gives a text.
func (b *Browser) Text(expression string) (value string) {
	b.t.Helper()
	b.Do(chromedp.Evaluate("String("+expression+")", &value))
	return value
}

// Scheme has the page be light or dark.
func (b *Browser) Scheme(name string) {
	b.t.Helper()
	b.Do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}))
}

// Width has the page be so many CSS pixels wide.
func (b *Browser) Width(pixels int64) {
	b.t.Helper()
	b.Do(chromedp.EmulateViewport(pixels, 860))
}

// Picture makes a picture of the page, where somebody wants pictures.
func (b *Browser) Picture(name string) {
	b.t.Helper()
	dir := os.Getenv(ScreenshotVariable)
	if dir == "" {
		return
	}
	var png []byte
	b.Do(chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
