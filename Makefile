# 润苗：make run 运行，make test 测试；其余见 make help。
PYTHON ?= python3
export RASA_TELEMETRY_ENABLED = false

.PHONY: help run test check bench gate production locks clean

help: ## 列出全部命令
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## 安装、训练（如有需要）并运行，打开 http://127.0.0.1:8080
	@$(PYTHON) app/set_up.py run
	@.venv/bin/runmiao serve

test: ## 安装并通过全部测试，包括真实浏览器和 PostgreSQL
	@$(PYTHON) app/set_up.py test
	@.venv-nlu/bin/python -W ignore -m rasa test core --stories tests/conversations --out var/rasa_results --fail-on-prediction-errors
	@$(PYTHON) app/set_up.py pages-test
	@.venv/bin/python -m pytest

check: ## 检查代码、类型、数据和对话规则
	@$(PYTHON) app/set_up.py test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/python -m policy_rules.check
	@.venv/bin/runmiao kb check
	@.venv/bin/runmiao evaluate gate
	@.venv/bin/runmiao evaluate gate --understanding
	@.venv-nlu/bin/python -W ignore -m rasa data validate --data bot/data --fail-on-warnings

gate: ## 发布前检验：固定的一套题，比基线变差就不通过，并列出变差的题
	@$(PYTHON) app/set_up.py test
	@.venv/bin/runmiao evaluate gate

bench: ## 测速，结果为 JSON 行
	@$(PYTHON) app/set_up.py test
	@.venv/bin/python -m benchmarks

production: ## 正式环境安装（不含测试工具）
	@$(PYTHON) app/set_up.py production

locks: ## 重新生成锁定文件
	@for name in app embedding dev node uv; do .setup/uv/bin/uv pip compile -q --generate-hashes --no-header --no-annotate requirements/$$name.in -o requirements/$$name.txt; done
	@.setup/uv/bin/uv pip compile -q --generate-hashes --no-header --no-annotate --overrides requirements/nlu-overrides.txt --excludes requirements/nlu-excludes.txt requirements/nlu.in -o requirements/nlu.txt

clean: ## 删除环境、模型和构建结果（不动数据库）
	@rm -rf .venv .venv-nlu .setup models/*.tar.gz web/chat/dist web/desk/dist web/chat/node_modules web/desk/node_modules
