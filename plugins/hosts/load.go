package hosts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/hosttext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/watch"
)

// source is what the hosts of the configuration are in the registry.
const source = "hosts"

// load reads the hosts into the registry. On error nothing changes.
func (h *handler) load() error {
	h.seen = watch.Look(h.paths)
	if err := h.checkEmptied(); err != nil {
		return err
	}
	places, err := h.config.load(h.path)
	if err != nil {
		return err
	}
	hosts := hostsOf(places)
	if err := h.registry.Replace(source, hosts); err != nil {
		return cmp.Or(hosttext.CheckClaims(slices.Concat(places...)), err)
	}
	tags := tagsOf(hosts)
	h.tags.Store(&tags)
	h.options.clear()
	h.hosts, h.good = hosts, h.seen
	return nil
}

// checkEmptied refuses a file that had something in it and is empty now: it is
// being written, or the disk was full.
func (h *handler) checkEmptied() error {
	for i := range h.good {
		if is, was := h.seen[i], h.good[i]; is != nil && was != nil && is.Size() == 0 && was.Size() > 0 {
			return fmt.Errorf("file %q is empty; write a comment into it if it is to have no hosts", h.paths[i])
		}
	}
	return nil
}

// Run reads the files again when they change, until ctx ends.
func (h *handler) Run(ctx context.Context) error {
	if len(h.paths) == 0 {
		return nil
	}
	w, err := watch.New(h.paths)
	if err != nil {
		h.log.WithError(err).Warnf("the files are not watched, only looked at every %v", watch.LookTime)
	}
	defer w.Close()
	w.Follow()
	w.Settle(ctx) // of changes since the files were read
	for ctx.Err() == nil {
		if !watch.Look(h.paths).Same(h.seen) {
			h.reload()
		}
		if w.Wait(ctx) {
			w.Follow()
		}
	}
	return nil
}

// reload reads the files again and tells what came of it. An error is told
// once, however often the files are touched.
func (h *handler) reload() {
	was := h.hosts
	err := h.load()
	h.metrics.loaded(len(h.hosts), err)
	if err == nil {
		h.wrong = ""
		changes := compare(was, h.hosts)
		h.events.Publish(event.Event{Kind: event.HostsLoaded, Source: h.name, Text: changes.String()})
		h.log.WithFields(changes.fields()).Info("hosts read again")
		return
	}
	if text := err.Error(); text != h.wrong {
		h.wrong = text
		n, first := firstOf(err)
		h.events.Publish(event.Event{Kind: event.HostsBroken, Source: h.name, Text: first.Error()})
		h.log.WithError(first).WithField("errors", n).Error("hosts are wrong: those read before stay")
	}
}

// firstOf gives the number of errors, and the first.
func firstOf(err error) (n int, first error) {
	var all strict.Errors
	if errors.As(err, &all) {
		return len(all), all[0]
	}
	return 1, err
}

// changes count how hosts differ from those that were.
type changes struct{ hosts, added, changed, removed int }

func (c changes) fields() logrus.Fields {
	return logrus.Fields{"hosts": c.hosts, "added": c.added, "changed": c.changed, "removed": c.removed}
}

func (c changes) String() string {
	return fmt.Sprintf("%d hosts: %d added, %d changed, %d removed", c.hosts, c.added, c.changed, c.removed)
}

// compare counts how hosts differ from those that were.
func compare(was, is []host.Host) changes {
	left := make(map[string]*host.Host, len(was))
	for i := range was {
		left[was[i].Name] = &was[i]
	}
	c := changes{hosts: len(is)}
	for i := range is {
		old := left[is[i].Name]
		delete(left, is[i].Name)
		switch {
		case old == nil:
			c.added++
		case !old.Equal(&is[i]):
			c.changed++
		}
	}
	c.removed = len(left)
	return c
}

// hostsOf gives the hosts as the registry has them, in the same order.
func hostsOf(places [][]hosttext.Entry) []host.Host {
	n := 0
	for _, entries := range places {
		n += len(entries)
	}
	hosts := make([]host.Host, 0, n)
	for _, entries := range places {
		for i := range entries {
			hosts = append(hosts, entries[i].Host())
		}
	}
	return hosts
}

// tagsOf gives the tags that any of the hosts has.
func tagsOf(hosts []host.Host) (tags []string) {
	for i := range hosts {
		tags = append(tags, hosts[i].Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}
