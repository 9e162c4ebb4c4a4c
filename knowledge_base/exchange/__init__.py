"""The library as files that people exchange (条目导入导出): YAML, XLSX, CSV, without loss."""
