package lasting

import (
	"cmp"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// counts are what was counted, by the name of the metric.
type counts map[string]series

// series are the counts of one metric, by their labels.
type series map[string]*dto.Metric

// counted says whether a metric only goes up, so that it goes on from what it was.
func counted(f *dto.MetricFamily) bool {
	return f.GetType() == dto.MetricType_COUNTER || f.GetType() == dto.MetricType_HISTOGRAM
}

// plus gives the series with those of a family added. The family is not used any
// more.
func (s series) plus(f *dto.MetricFamily) series {
	if !counted(f) {
		return s
	}
	out := series{}
	for key, m := range s {
		out[key] = m
	}
	for _, m := range f.Metric {
		if was := out[labels(m)]; was != nil {
			add(m, was)
		}
		out[labels(m)] = m
	}
	return out
}

// addTo adds the series to a family, in the order of labels.
func (s series) addTo(f *dto.MetricFamily) {
	left := series{}
	for key, m := range s {
		left[key] = m
	}
	for _, m := range f.Metric {
		if was := left[labels(m)]; was != nil {
			add(m, was)
			delete(left, labels(m))
		}
	}
	for _, m := range left {
		f.Metric = append(f.Metric, m)
	}
	slices.SortFunc(f.Metric, func(a, b *dto.Metric) int { return cmp.Compare(labels(a), labels(b)) })
}

// labels gives the labels of a metric as one text.
func labels(m *dto.Metric) string {
	var out strings.Builder
	for _, l := range m.Label {
		out.WriteString(l.GetName() + "\x00" + l.GetValue() + "\x00")
	}
	return out.String()
}

// add adds what was counted to a metric. Histograms of other buckets begin anew.
func add(to, was *dto.Metric) {
	if to.Counter != nil && was.Counter != nil {
		*to.Counter.Value += was.Counter.GetValue()
	}
	if to.Histogram != nil && was.Histogram != nil && sameBuckets(to.Histogram, was.Histogram) {
		addHistogram(to.Histogram, was.Histogram)
	}
}

func sameBuckets(a, b *dto.Histogram) bool {
	return slices.EqualFunc(a.Bucket, b.Bucket, func(a, b *dto.Bucket) bool { return a.GetUpperBound() == b.GetUpperBound() })
}

func addHistogram(to, was *dto.Histogram) {
	*to.SampleCount += was.GetSampleCount()
	*to.SampleSum += was.GetSampleSum()
	for i := range to.Bucket {
		*to.Bucket[i].CumulativeCount += was.Bucket[i].GetCumulativeCount()
	}
}
