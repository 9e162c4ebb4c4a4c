import { createApp } from "vue";

import "vant/es/style/css-variables.css";
import "vant/es/button/index.css";
import "vant/es/loading/index.css";
import "./styles.css";
import App from "./App.vue";

createApp(App).mount("#page");
