INSERT INTO observation (id, track, time, received, stale, audience, type, label,
  lat_deg, lon_deg, hae_m, ce_m, le_m, course_deg, speed_m_s, trust, vouched, props, gone, late, skew)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
