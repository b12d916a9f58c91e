package aws

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/lamella-build/lamella/store"
)

// lambdaMetrics are the metrics to read, in this order (Lambda developer guide, "Types of
// metrics for Lambda functions").
var lambdaMetrics = []struct{ name, stat string }{{"Invocations", "Sum"}, {"Errors", "Sum"}, {"Duration", "p90"}}

// VersionMetrics implements store.FunctionMetrics with GetMetricData and the dimensions
// FunctionName, Resource, and ExecutedVersion. Without ExecutedVersion, the metrics of an
// alias would mix its two versions.
func (l *Layers) VersionMetrics(ctx context.Context, q store.MetricsQuery) (store.VersionMetrics, error) {
	from := q.From.Truncate(time.Minute)
	period := max(q.To.Sub(from).Round(time.Minute)+time.Minute, time.Minute)
	form := url.Values{"Action": {"GetMetricData"}, "Version": {"2010-08-01"},
		"StartTime": {from.UTC().Format(time.RFC3339)}, "EndTime": {from.Add(period).UTC().Format(time.RFC3339)}}
	for i, m := range lambdaMetrics {
		member := fmt.Sprintf("MetricDataQueries.member.%d.", i+1)
		form.Set(member+"Id", "m"+strconv.Itoa(i))
		stat := member + "MetricStat."
		form.Set(stat+"Stat", m.stat)
		form.Set(stat+"Period", "60")
		form.Set(stat+"Metric.Namespace", "AWS/Lambda")
		form.Set(stat+"Metric.MetricName", m.name)
		for j, d := range [][2]string{{"FunctionName", q.Function}, {"Resource", q.Function + ":" + q.Alias}, {"ExecutedVersion", q.Version}} {
			form.Set(fmt.Sprintf("%sMetric.Dimensions.member.%d.Name", stat, j+1), d[0])
			form.Set(fmt.Sprintf("%sMetric.Dimensions.member.%d.Value", stat, j+1), d[1])
		}
	}
	values, err := l.askMetrics(ctx, form)
	if err != nil {
		return store.VersionMetrics{}, explain(err, request{op: "read the metrics of", subject: "function " + q.Function + ":" + q.Alias, action: "cloudwatch:GetMetricData", resource: "*", region: l.region})
	}
	m := store.VersionMetrics{Calls: int64(math.Round(sum(values[0]))), Errors: int64(math.Round(sum(values[1])))}
	if n := len(values[2]); n > 0 { // one percentile for each minute
		m.P90 = time.Duration(sum(values[2]) / float64(n) * float64(time.Millisecond))
	}
	return m, nil
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// metricData is the response to GetMetricData.
type metricData struct {
	XMLName xml.Name `xml:"GetMetricDataResponse"`
	Result  *struct {
		Results []struct {
			ID         string   `xml:"Id"`
			StatusCode string   `xml:"StatusCode"`
			Timestamps []string `xml:"Timestamps>member"`
			Values     []string `xml:"Values>member"`
		} `xml:"MetricDataResults>member"`
		NextToken string `xml:"NextToken"`
	} `xml:"GetMetricDataResult"`
}

// add appends the values of a page. It returns why the response is incomplete, or "": each
// metric must be present and complete, even if it has no values.
func (d *metricData) add(values [][]float64, found []bool) (why string) {
	if d.Result == nil {
		return "it has no GetMetricDataResult"
	}
	for _, r := range d.Result.Results {
		i, err := strconv.Atoi(trimID(r.ID))
		switch {
		case err != nil || i < 0 || i >= len(values):
			return fmt.Sprintf("it has the metric %q, which was not requested", r.ID)
		case r.StatusCode != "Complete" && (r.StatusCode != "PartialData" || d.Result.NextToken == ""):
			return fmt.Sprintf("it has the metric %q with the status %q", r.ID, r.StatusCode)
		case len(r.Timestamps) != len(r.Values):
			return fmt.Sprintf("it has %d times and %d values", len(r.Timestamps), len(r.Values))
		}
		for _, text := range r.Values {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Sprintf("it has the value %q", text)
			}
			values[i] = append(values[i], v)
		}
		found[i] = true
	}
	if d.Result.NextToken != "" {
		return ""
	}
	for i, ok := range found {
		if !ok {
			return "it lacks the metric " + lambdaMetrics[i].name
		}
	}
	return ""
}

func trimID(id string) string {
	if len(id) > 1 && id[0] == 'm' {
		return id[1:]
	}
	return "?"
}

// askMetrics calls GetMetricData with CloudWatch's query protocol: it sends a signed form
// and receives XML.
func (l *Layers) askMetrics(ctx context.Context, form url.Values) ([][]float64, error) {
	values, found := make([][]float64, len(lambdaMetrics)), make([]bool, len(lambdaMetrics))
	for range maxEmpty {
		page, err := l.metricsPage(ctx, form)
		if err != nil {
			return nil, err
		}
		if why := page.add(values, found); why != "" {
			return nil, &incomplete{"GetMetricData", why, nil}
		}
		next := page.Result.NextToken
		if next == "" {
			return values, nil
		}
		if next == form.Get("NextToken") {
			return nil, &incomplete{"GetMetricData", "its pagination token repeats", nil}
		}
		form.Set("NextToken", next)
	}
	return nil, &incomplete{"GetMetricData", "it has too many pages", nil}
}

func (l *Layers) metricsPage(ctx context.Context, form url.Values) (*metricData, error) {
	page := new(metricData)
	err := l.ask(ctx, cloudWatch, nil, []byte(form.Encode()), func(text []byte) error {
		*page = metricData{}
		if err := xml.Unmarshal(text, page); err != nil {
			return &incomplete{"GetMetricData", "it is unreadable (" + err.Error() + ")", err}
		}
		return nil
	})
	return page, err
}

// cloudWatch describes CloudWatch, accessed through its query protocol.
var cloudWatch = signedService{
	name: "CloudWatch", id: "CloudWatch", host: "monitoring", contentType: "application/x-www-form-urlencoded; charset=utf-8", pause: 100 * time.Millisecond,
	failure: func(text []byte, status string) (code, message string) {
		var failure struct {
			Code    string `xml:"Error>Code"`
			Message string `xml:"Error>Message"`
		}
		_ = xml.Unmarshal(text, &failure) // a proxy's response has only a status
		return cmp.Or(failure.Code, status), failure.Message
	},
}
