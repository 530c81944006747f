package pebble

import (
	"fmt"
	"io"

	pebbledb "github.com/cockroachdb/pebble/v2"
	"github.com/sirupsen/logrus"
)

// Sizes in octets. A binding takes about 200, so that tens of thousands of
// them fit into memory; larger stores only take longer to load.
const (
	memTableSize = 8 << 20
	cacheSize    = 8 << 20
)

// options are those of a small database that is mostly written to.
func (s *store) options() *pebbledb.Options {
	log := logger{log: s.log, disk: s.disk}
	return &pebbledb.Options{
		FS:                          s.disk,
		Lock:                        s.lock,
		ReadOnly:                    s.readOnly,
		Logger:                      log,
		FormatMajorVersion:          pebbledb.FormatWALSyncChunks,
		MemTableSize:                s.memTable,
		MemTableStopWritesThreshold: 4,
		CacheSize:                   cacheSize,
		MaxOpenFiles:                128,
		L0CompactionThreshold:       4,
		// Compactions that cannot go on must not stop writes: those would wait
		// with locks that closing the database needs.
		L0StopWritesThreshold: 1 << 20,
		EventListener: &pebbledb.EventListener{
			BackgroundError: func(err error) { log.Errorf("background error: %v", err) },
			DataCorruption:  log.corruption,
		},
	}
}

// logger takes Pebble's own log, which is for developers.
type logger struct {
	log  *logrus.Entry
	disk *disk
}

func (l logger) Infof(format string, args ...any)  { l.log.Debugf(format, args...) }
func (l logger) Errorf(format string, args ...any) { l.log.Debugf(format, args...) }

// Fatalf freezes the disk. Pebble expects the process to end here: it goes on,
// but nothing that it does has an effect.
func (l logger) Fatalf(format string, args ...any) {
	l.disk.freeze(fmt.Errorf(format, args...))
}

// corruption freezes the disk over a damaged file.
func (l logger) corruption(info pebbledb.DataCorruptionInfo) {
	l.disk.freeze(fmt.Errorf("%s: %w", info.Path, info.Details))
}

func silent() *logrus.Entry {
	l := logrus.New()
	l.SetOutput(io.Discard)
	return logrus.NewEntry(l)
}
